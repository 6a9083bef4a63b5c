"""The README's example runs and gives what it shows."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_example_gives_what_it_shows() -> None:
    readme = README.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, str(README), "exec"), names)
    shown = re.findall(r"^(.+)\n# (.+)$", example, re.MULTILINE)
    assert len(shown) == 3
    for expression, text in shown:
        assert str(eval(expression, names)) == text
