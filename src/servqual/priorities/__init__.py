"""What to do first: importance and performance, drivers, Kano's categories, contrasts."""
