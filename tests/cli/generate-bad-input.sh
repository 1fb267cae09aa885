# What `generate` is asked that it cannot do: exit status 2, a line that says what and where, and nothing written.

. "$top_srcdir/tests/lib.sh"

awk -v traces=120 -v labels=real.csv -f "$top_srcdir/tests/cli/requests.awk" >requests.log
run learn requests.log --trace 'req-[0-9]+' -o requests.lw -q
status 0
printf 'old\n' >old

is_one_line() # FILE
{
    { read -r line && ! read -r line; } <"$1"
}

is_old()
{
    { read -r line && [ "$line" = old ] && ! read -r line; } <old
}

has_no_temporary()
{
    for file in *.tmp; do
        [ ! -e "$file" ]
    done
}

# The last run failed with one line, and the outputs that it was given are as they were.
refused() # REGEX
{
    status 2
    errors_has "^logwright: .*$1"
    holds "$last_command: one line" is_one_line "$err"
    holds "$last_command: no new file" test ! -e new -a ! -e labels -a ! -e folder
    holds "$last_command: the old file is as it was" is_old
    holds "$last_command: nothing beside them" has_no_temporary
}

# A constraints document that is refused: nothing new appears, and nothing takes the place of what was there.
document() # JSON REGEX
{
    printf '%s' "$1" >c.json
    run generate requests.lw -c c.json -o old --labels-out labels
    refused "$2"
}

# Numbers out of range, and no numbers.
document '{"anomalies": {"missing": 1.5}}' 'anomalies\.missing'
document '{"anomalies": {"missing": -0.1}}' 'anomalies\.missing'
document '{"anomalies": {"missing": NaN}}' 'c\.json.*NaN|c\.json.*anomalies\.missing'
document '{"anomalies": {"missing": "much"}}' 'anomalies\.missing'
document '{"levels": {"error": 2}}' 'levels\.error'
document '{"levels": {"error": [0.5, 0.1]}}' 'levels\.error'
document '{"services": {"web": -1}}' 'services\.web'
document '{"calls": [{"from": "web", "to": "store", "probability": 1.1}]}' 'calls'
document '{"rules": [{"if": "E1", "then": "E2", "within": [0, 1], "probability": 2}]}' 'rules'
document '{"rules": [{"if": "E1", "then": "E2", "within": [-1, 1], "probability": 1}]}' 'rules'
document '{"traces": 0}' 'traces'
document '{"traces": -5}' 'traces'
document '{"traces": 1.5}' 'traces'
document '{"records": 0}' 'records'
document '{"duration": 0}' 'duration'
document '{"duration": -3}' 'duration'
document '{"privacy": {"epsilon": 0}}' 'epsilon'
document '{"privacy": {"epsilon": -1}}' 'epsilon'
document '{"arrival": {"rate": 0}}' 'arrival\.rate'
document '{"delay_factor": -1}' 'delay_factor'
document '{"template_weights": {"E1": -1}}' 'template_weights'

# What is not there.
document '{"levels": {"dreadful": 0.1}}' 'dreadful'
document '{"templates": {"E999": 0.1}}' 'E999'
document '{"template_weights": {"E999": 2}}' 'E999'
document '{"services": {"nowhere": 0.1}}' 'nowhere'
document '{"error_types": {"NoSuchError": 0.1}}' 'NoSuchError'
document '{"calls": [{"from": "web", "to": "nowhere", "probability": 0.1}]}' 'nowhere'
document '{"rules": [{"if": "E999", "then": "E2", "within": [0, 1], "probability": 1}]}' 'E999'
document '{"rules": [{"if": "level:dreadful", "then": "E2", "within": [0, 1], "probability": 1}]}' 'dreadful'
document '{"rules": [{"if": "planet:mars", "then": "E2", "within": [0, 1], "probability": 1}]}' 'mars'
document '{"transition_weights": {"S99>E1": 2}}' 'S99'
document '{"parameters": {"E1.99": {"pool": ["a"]}}}' 'E1\.99'
document '{"anomalies": {"gremlins": 0.1}}' 'gremlins'
document '{"output": {"as": "papyrus"}}' 'papyrus'
document '{"output": {"format": "papyrus"}}' 'papyrus'
document '{"zone": "Mars/Olympus"}' 'Mars'
document '{"unheard_of": 1}' 'unheard_of'

# What contradicts something else: each pair of kinds.
document '{"traces": 5, "records": 5}' 'traces.*records'
document '{"traces": 5, "duration": 5}' 'traces.*duration'
document '{"anomalies": {"missing": 0.6, "repeated": 0.6}}' 'sum to 1\.2'
document '{"levels": {"info": 0.8, "warn": 0.8}}' 'sum to 1\.6'
document '{"templates": {"E1": 0.8, "E2": 0.8}}' 'sum to 1\.6'
document '{"services": {"web": 0.8, "store": 0.8}}' 'sum to 1\.6'
document '{"templates": {"E1": 0.3}, "template_weights": {"E1": 0}}' 'template_weights\.E1 is 0'
document '{"levels": {"warn": 0.5}, "services": {"store": [0, 0.01]}}' '(levels|services)'
document '{"levels": {"debug": 0.9}, "templates": {"E1": 0.5}}' '(levels|templates)'
document '{"services": {"web": 0.05}, "templates": {"E1": 0.5}}' '(services|templates)'
document '{"calls": [{"from": "web", "to": "store", "probability": 0.7},
    {"from": "web", "to": "store", "probability": 0.2}]}' 'calls'
document '{"rules": [{"if": "E1", "then": "E2", "within": [3, 1], "probability": 1}]}' 'rules.*within'
document '{"rules": [{"if": "E1", "then": "E2", "within": [0, 1], "probability": 1}], "template_weights": {"E2": 0}}' \
    'template_weights\.E2 is 0'
document '{"recovery": {"after": "error"}}' 'recovery'
document '{"recovery": {"after": "error", "within": [5, 1]}}' 'recovery'
document '{"arrival": {"bursts": {"per_hour": 100, "length": 3600}}}' 'bursts'
document '{"arrival": {"profile": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}' 'profile'
document '{"parameters": {"E1.1": {"range": [9, 1]}}}' 'parameters'
document '{"template_weights": {"E1": 0, "E2": 0, "E3": 0, "E4": 0}}' 'template_weights|weights'
run generate requests.lw --traces 5 --records 5 -o new
refused 'both say how long'

# Documents that are none, too deep, or too big.
document '' 'c\.json'
document '[]' 'c\.json'
document '{"traces": 5' 'c\.json'
document '{"traces": 5} {"traces": 6}' 'c\.json'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "["; }' >deep.json
run generate requests.lw -c deep.json -o new
refused 'deep\.json'
awk 'BEGIN { printf "{\"rules\": "; for (i = 0; i < 5000; i++) printf "{\"a\":"; }' >nested.json
run generate requests.lw -c nested.json -o new
refused 'nested\.json'
truncate -s 3000000000 huge.json
run generate requests.lw -c huge.json -o new
refused 'huge\.json'
rm huge.json
head -c 100000 requests.lw >binary.json
run generate requests.lw -c binary.json -o new
refused 'binary\.json'
run generate requests.lw -c missing.json -o new
refused 'missing\.json'
mkdir asfolder
run generate requests.lw -c asfolder -o new
refused 'asfolder'

# Nothing to generate from.
: >empty
run generate empty -o new
refused 'empty|no trace|no record'
printf '{"model": {"version": 1}}' >c.json
run generate -c c.json -o new
refused 'c\.json'
run constraints requests.log --trace 'req-[0-9]+' --model -o model.json -q
status 0
sed 's/"states": *\[/"states": [], "x": [/' model.json >stateless.json
run generate -c stateless.json -o new
refused 'stateless\.json'
printf '{}' >c.json
run generate -c c.json -o new
refused '.'
run generate missing.lw -o new
refused 'missing\.lw'
head -c 5000 requests.lw >broken.lw
run generate broken.lw -o new
refused 'broken\.lw'

# Sizes, and room for them.
for traces in 0 -5 1.5 x 1e12 99999999999999999999; do
    run generate requests.lw "--traces=$traces" -o new
    refused 'traces'
done
for records in 0 -5 nan 1e13; do
    run generate requests.lw "--records=$records" -o new
    refused 'records'
done
run generate requests.lw --records 1e12 -o new --labels-out labels
refused 'new: about .* are to be written, and .* are free there'
run generate requests.lw --records 1e12 --as sqlite -o new
refused 'new: about .* are free there'
run generate requests.lw --records 1e12 --as csv -o folder
refused 'folder: about .* are free there'
"$LOGWRIGHT" generate requests.lw --records 1e12 2>"$err" | wc -c >"$out"
errors_has 'of memory at once'
holds "nothing into a pipe" grep -qx ' *0' "$out"
printf '{"records": 1e12}' >c.json
run generate requests.lw -c c.json -o new
refused 'are free there'
run generate requests.lw --records 1000000000000 -o /dev/null
refused 'of memory at once'
# The workbench looks before it writes, too.
printf '%s\n' 'keys 5 P G' 'keys Enter' 'expect knobs = changed' ':set records 1000000000000' ':generate-to new' \
    'keys o' 'dump export' >keys
run --script keys --size 160x50
output_has 'new: about .* are to be written, and .* are free there'
holds "nothing from the workbench" test ! -e new

# Outputs that cannot be written, and outputs that are inputs.
if [ -c /dev/full ]; then
    run generate requests.lw --records 5000 -o /dev/full
    refused '/dev/full.*No space'
    run_with 'exec 1>/dev/full' generate requests.lw --records 5000
    status 2
fi
for as in text jsonl sequences sqlite csv; do
    run_with 'ulimit -f 8' generate requests.lw --records 3000 --as $as -o new
    refused '.'
done
run_with 'ulimit -f 300' generate requests.lw --records 1000 -o new --record-labels-out labels --labels-out old
status 0
rm -f new labels
printf 'old\n' >old
mkdir taken
run generate requests.lw -o taken
refused 'taken'
run generate requests.lw --as csv -o old
refused 'old'
run generate requests.lw -o absent/new
refused 'absent'
run generate requests.lw -o new --labels-out absent/labels
refused 'absent/labels'
run generate requests.lw -o new --labels-out labels --record-labels-out absent/records
refused 'absent/records'
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 500 locked
    run generate requests.lw -o locked/new
    refused 'locked/new'
fi
cp requests.log kept.log
cp requests.lw kept.lw
for input in requests.log requests.lw; do
    run generate $input -o $input
    refused "$input is what is read"
    run generate $input -o ./$input --follow --rate 5/s
    refused "$input is what is read"
    run generate $input -o new --labels-out $input
    refused "$input is what is read"
done
ln -s requests.log link.log
run generate requests.log -o link.log
refused 'link\.log is what is read'
holds "inputs are as they were" sh -c 'cmp requests.log kept.log && cmp requests.lw kept.lw'
printf '{}' >c.json
run generate requests.lw -c c.json -o c.json
refused 'c\.json is the constraints document'
run generate requests.lw -o new --labels-out new
refused 'one file'

# Names of methods, forms and ways, and no server. One that does not answer is asked again, see test_llm_client.
run generate requests.lw --method magic -o new
refused 'no method "magic"'
run generate requests.lw --as papyrus -o new
refused 'papyrus'
run generate requests.lw --output-format papyrus -o new
refused 'papyrus'
run generate requests.lw --through E999 -o new
refused 'E999'
run generate requests.lw --method llm -o new
refused 'LOGWRIGHT_LLM_ENDPOINT|endpoint'
run_with 'export LOGWRIGHT_LLM_ENDPOINT=nonsense LOGWRIGHT_LLM_MODEL=m' \
    generate requests.lw --method llm --traces 5 -o new
refused 'nonsense|endpoint'

done_testing
