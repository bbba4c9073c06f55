"""Settings of the documentation: built offline, warnings are errors, and the notebooks run."""

import shutil
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import servqual

here = Path(__file__).parent

project = "servqual"
author = "The servqual authors"
copyright = f"2026, {author}"
release = version = servqual.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
]
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]
templates_path = ["_templates"]

# The notebooks live beside docs/; the build reads a fresh copy, which git ignores.
shutil.rmtree(here / "notebooks", ignore_errors=True)
shutil.copytree(
    here.parent / "notebooks",
    here / "notebooks",
    ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__"),
)
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True

# The reference: one page a module, which shows the names of the module's __all__. The page of the
# face is a table whose rows lead to them, so that each name is described once.
# A picture may have the name of what it shows, as service_gaps; the face has the latter.
modules = [
    found.name for found in iter_modules(servqual.__path__) if not found.name.startswith("_")
]
homes = {
    name: f"servqual.{module}"
    for module in modules
    for name in import_module(f"servqual.{module}").__all__
    if name in servqual.__all__
    and getattr(servqual, name) is getattr(import_module(f"servqual.{module}"), name)
}
autosummary_context = {"homes": homes, "face": [name for name in servqual.__all__ if name in homes]}
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True  # a package shows what it gathers from its private files
autodoc_member_order = "groupwise"
autodoc_typehints = "none"  # numpydoc states the types in words
maximum_signature_line_length = 80
add_module_names = False
default_role = "py:obj"  # a name in single backticks leads to its description
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_title = "servqual"
html_show_sourcelink = False
html_sidebars = {
    page: []
    for page in (
        "changelog",
        "checked-against",
        "command-line",
        "coverage",
        "data",
        "documents",
        "which-function",
    )
}  # no pages below
html_theme_options = {
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
}
