"""The audit: a user's own project, its constraints found, rows made for them, and observed."""
