"""Results → pages and tables. Pure: reads the document and nothing else."""
