"""`python -m gateway.codegen`: write the generated modules."""

from gateway.codegen.files import GENERATED, generate

for path in GENERATED.glob("*.py"):
    path.unlink()
for name, text in generate().items():
    (GENERATED / name).write_text(text, "utf-8")
