"""Who is really better: league tables with shrinkage, and ranks with what is not known of them."""
