"""What people look at: tables, plots, sheets, galleries."""
