"""Reports: a question and its answers, as screen, PDF, spreadsheet or CSV, now or by a worker."""
