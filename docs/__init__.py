"""The site: its pages, and what of them is computed when it is built."""
