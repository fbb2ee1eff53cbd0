"""Programs made liker to a picture: dimensions fitted, structure changed, views compared."""
