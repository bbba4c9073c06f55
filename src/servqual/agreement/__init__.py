"""Do raters agree: Krippendorff's alpha, intraclass correlations, kappa, agreement in groups."""
