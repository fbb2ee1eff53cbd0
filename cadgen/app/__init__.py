"""A local web page: a picture in, a part out, to be looked at, changed and taken home."""
