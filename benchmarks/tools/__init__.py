"""What all rows need: processes and their memory, data sets, a data folder, wrk, the table."""
