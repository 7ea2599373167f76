"""Spreadsheets: rows of CSV files and workbooks as events, events as rows, and sheets to fill in."""
