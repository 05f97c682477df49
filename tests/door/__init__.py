"""What stands between a stranger and the first page: the locks, and the program that installs and serves."""
