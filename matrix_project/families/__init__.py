"""One small Django app a family: the constraints as a Django user declares them."""
