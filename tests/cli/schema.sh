#!/bin/sh
# The schema of constraints documents, by a validator that is not ours: what the program writes and ships is valid, and
# what one of the two refuses for its kind or range, so does the other.

. "$top_srcdir/tests/lib.sh"

python3 -c 'import jsonschema' 2>/dev/null || skip_all 'there is no python3 with jsonschema'

run constraints --schema
status 0
cp "$out" schema.json

cat >check.py <<'END'
import json, sys, jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
for path in sys.argv[1:]:
    try:
        jsonschema.Draft202012Validator(schema).validate(json.load(open(path)))
    except jsonschema.ValidationError as error:
        sys.exit("%s: %s: %s" % (path, error.json_path, error.message))
END
for preset in "$top_srcdir"/presets/*.json; do
    holds "$(basename "$preset") is valid" python3 check.py "$preset"
done

awk 'BEGIN {
    for (r = 0; r < 300; r++) {
        s = r * 2
        line(s, 10, "INFO", "gateway", r, "accepted from 10.0.0." r % 200)
        if (r % 10 == 4) line(s, 200, "ERROR", "database", r, "query caught a TimeoutError after " r * 7 " ms")
        line(s + 1, 100, "INFO", "database", r, "query took " r * 3 % 70 " ms")
        line(s + 1, 900, "INFO", "gateway", r, "answered")
    }
}
function line(s, ms, level, service, r, what)
{
    printf "2026-03-01 %02d:%02d:%02d.%03d %s [%s] request r%04d %s\n", 10 + s / 3600, s / 60 % 60, s % 60, ms, level,
        service, r, what
}' >app.log
run constraints app.log --trace 'request (r\d+)' --model -o app.json -q
status 0
holds 'what is measured is valid' python3 check.py app.json
run constraints "$top_srcdir/samples/web-small.log" -o web.json -q
status 0
holds 'the sample, too' python3 check.py web.json
sed -n '/^\.EX$/,/^\.EE$/{/^\.E[XE]$/d;p;}' "$top_srcdir/man/logwright-constraints.5" | sed -e 's/\\-/-/g' >examples
holds 'and the examples of the manual' python3 - <<'END'
import json, jsonschema
text, at, n = open("examples").read(), 0, 0
schema = json.load(open("schema.json"))
while text[at:].strip():
    at += len(text[at:]) - len(text[at:].lstrip())
    document, at = json.JSONDecoder().raw_decode(text, at)
    jsonschema.Draft202012Validator(schema).validate(document)
    n += 1
assert n >= 2
END

# Documents at and beyond the ends of every range, and of a wrong kind: a folder each for those that the schema takes
# and those that it refuses. What contradicts itself is refused by the program alone.
mkdir good bad
python3 - <<'END'
import json, jsonschema
schema = json.load(open("schema.json"))
valid = jsonschema.Draft202012Validator(schema).is_valid
n = [0]

def sample(node):
    """Values at and beyond the ends of what a node takes."""
    for choice in node.get("anyOf", []):
        yield from sample(choice)
    kind = node.get("type")
    if kind in ("number", "integer"):
        for end, way in ((node.get("minimum"), -1), (node.get("maximum"), 1)):
            if end is not None:
                yield end
                yield end + way * max(1, abs(end) / 2)
        yield "many"
        if kind == "integer":
            yield 1.5
    elif kind == "string":
        yield from (node["enum"] if "enum" in node else [])
        yield 17
        if "enum" in node or "pattern" in node:
            yield "nothing of this kind"
    elif kind == "array":
        yield 17
        if "minItems" in node:
            yield []
    elif kind == "object":
        yield 17
        if node.get("additionalProperties") is False:
            yield {"nothing of this name": 1}

def walk(node, wrap):
    for value in sample(node):
        document = wrap(value)
        where = "good" if valid(document) else "bad"
        n[0] += 1
        json.dump(document, open("%s/%04d.json" % (where, n[0]), "w"))
    for choice in [node] + node.get("anyOf", []):
        for name, inner in choice.get("properties", {}).items():
            if name not in ("model", "start", "zone", "output", "through"):
                walk(inner, lambda value, name=name: wrap({name: value}))
        for pattern, inner in choice.get("patternProperties", {}).items():
            name = {"^(t": "error", "^E[": "E1", "^.+": "E1>E2"}[pattern[:3]] + (".1" if "\\." in pattern else "")
            walk(inner, lambda value, name=name: wrap({name: value}))
        if choice.get("type") == "array" and "minItems" not in choice:
            walk(choice["items"], lambda value: wrap([value]))

walk(schema, lambda value: value)
print(n[0])
END
holds 'there are many of them' test "$(find good bad -name '*.json' | wc -l)" -gt 300
refused=
for document in good/*.json; do
    run constraints -c "$document"
    case $last_status in
    0) ;;
    *) grep -qE 'contradict|hour|sum to|no trace|every hour|is only|at least|needs' "$err" ||
        refused="$refused $(cat "$document"): $(cat "$err")" ;;
    esac
done
holds "the program takes what the schema takes$refused" test -z "$refused"
taken=
for document in bad/*.json; do
    run constraints -c "$document"
    [ "$last_status" -ne 0 ] || taken="$taken $(cat "$document")"
done
holds "the program refuses what the schema refuses$taken" test -z "$taken"

done_testing
