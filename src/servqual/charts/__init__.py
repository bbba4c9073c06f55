"""Control charts of any series: what is normal, how a chart looks at it, what signals."""
