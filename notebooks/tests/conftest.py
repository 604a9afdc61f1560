import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

# Nothing here may depend on data that is not in the repository: MovieLens is missing, wherever the tests run.
os.environ["MC_DATA"] = str(pathlib.Path(__file__).parent / "nothing")
