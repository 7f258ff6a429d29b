"""`python -m gateway.codegen`: write the generated modules."""

from gateway.codegen.files import CODEC, generate

for path in CODEC.glob("generated/*.py"):
    path.unlink()
for name, text in generate().items():
    (CODEC / name).write_text(text, "utf-8")
