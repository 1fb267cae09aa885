"""What the clients of record-pg-incident do: the tables of a small shop, pgbench scripts and psql sessions.

A pgbench script is a list of statements; script() puts the request id before them and a think time before each. Lines
that begin with a backslash are pgbench's own. A psql session is a role and a list of steps: statements, or pauses in
seconds.
"""

ROLES = ("app", "billing", "batch", "dba", "deploy")
SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, tier int, balance numeric CHECK (balance > -1000000));
CREATE TABLE items (id int PRIMARY KEY, title text, price numeric, stock int);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer int REFERENCES customers, total numeric, state text,
    created timestamptz DEFAULT now());
CREATE TABLE order_lines (id bigserial PRIMARY KEY, customer int, item int, quantity int, price numeric);
CREATE TABLE payments (id bigint PRIMARY KEY, customer int REFERENCES customers, amount numeric);
CREATE TABLE carts (customer int PRIMARY KEY, items int, touched timestamptz DEFAULT now());
CREATE TABLE audit (id bigserial, at timestamptz DEFAULT now(), what text, customer int);
CREATE TABLE jobs (id bigserial PRIMARY KEY, kind text, state text);
CREATE TABLE secrets (id int);
CREATE TABLE archive (id bigint, body text) TABLESPACE archive_space;
ALTER TABLE archive SET (autovacuum_enabled = off);
INSERT INTO customers SELECT i, 'customer ' || i, i % 4, 1000 FROM generate_series(1, 4000) i;
INSERT INTO items SELECT i, 'item ' || i, i % 90 + 1, 100000 FROM generate_series(1, 2000) i;
INSERT INTO orders (customer, total, state) SELECT i % 4000 + 1, i % 500, 'open' FROM generate_series(1, 8000) i;
INSERT INTO order_lines (customer, item, quantity, price)
    SELECT i % 4000 + 1, i % 2000 + 1, 1, 10 FROM generate_series(1, 16000) i;
INSERT INTO payments SELECT i, i % 4000 + 1, 10 FROM generate_series(1, 1000) i;
INSERT INTO jobs (kind, state) SELECT 'mail', 'new' FROM generate_series(1, 3000) i;
GRANT ALL ON ALL TABLES IN SCHEMA public TO app, billing, batch, dba, deploy;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app, billing, batch, dba, deploy;
REVOKE ALL ON secrets FROM app, billing, batch, dba, deploy;
GRANT CREATE ON SCHEMA public TO dba, deploy;
ALTER TABLE items OWNER TO deploy;
ALTER TABLE carts OWNER TO dba;
ALTER TABLE archive OWNER TO batch;
VACUUM ANALYZE;
"""

OPEN = "SELECT set_config('application_name', 'req-' || {}, false);"


def script(lines, rid=None, pause=60):
    """The text of a pgbench script: `lines` with request id `rid` (None: a random one) and think times in ms."""
    out = ["\\set rid random(1000000, 9999999)" if rid is None else "\\set rid %d" % rid,
           "\\set c random(1, 4000)", "\\set d random(1, 4000)", "\\set i random(1, 2000)", "\\set j random(1, 2000)",
           "\\set q random(1, 5)", "\\set dice random(1, 1000)", "\\set n random(1, 4)"]
    for line in [OPEN.format(":rid")] + lines:
        if not line.startswith("\\"):
            out += ["\\set think random_exponential(1, %d, 4)" % pause, "\\sleep :think ms"]
        out.append(line)
    return "\n".join(out) + "\n"


def repeated(most, body, least=1):
    """pgbench lines that run `body` from `least` to `most` times."""
    lines = ["\\set rounds random(%d, %d)" % (least, most)]
    for done in range(most):
        lines += ["\\if :rounds > %d" % done, "\\set i random(1, 2000)", "\\set j random(1, 2000)",
                  "\\set n random(1, 4)", "\\set dice random(1, 1000)"] + body + ["\\endif"]
    return lines


LOCK = "SELECT pg_advisory_lock(:c);"
UNLOCK = "SELECT pg_advisory_unlock(:c);"
PRICE = "SELECT price, stock FROM items WHERE id = :%s;"
TAKE = "UPDATE items SET stock = stock - :q WHERE id = :%s;"
LINE = "INSERT INTO order_lines (customer, item, quantity, price)\n    VALUES (:c, :%s, :q, 10);"
CHARGE = "UPDATE customers SET balance = balance - 10 * :q WHERE id = :c;"
CHECK = "SELECT balance > -500000 AS solvent, tier FROM customers WHERE id = :c;"
ORDER = "INSERT INTO orders (customer, total, state) VALUES (:c, 10 * :q, 'open');"
AUDIT = "INSERT INTO audit (what, customer) VALUES ('checkout', :c);"
COMMIT = "COMMIT;"
GOODS = [PRICE % "i", TAKE % "i", LINE % "i", "\\if :n > 2", PRICE % "j", TAKE % "j", LINE % "j", "\\endif"]
PAY = {None: [CHARGE, CHECK, "\\if :dice < 40", "ROLLBACK;", UNLOCK, "\\else", ORDER, COMMIT, UNLOCK, "\\endif"],
       "early-unlock": [UNLOCK, CHARGE, CHECK, ORDER, COMMIT],
       "early-commit": [COMMIT, CHARGE, CHECK, ORDER, UNLOCK],
       "wrong-customer": [CHARGE.replace(":c", ":d"), CHECK, ORDER, COMMIT, UNLOCK],
       "retry-storm": [CHARGE, CHECK] * 4 + [ORDER, COMMIT, UNLOCK]}


def checkout(fault=None):
    return (["SELECT name, tier FROM customers WHERE id = :c;"] +
            repeated(3, [LOCK, "BEGIN;"] + GOODS + PAY[fault] +
                     ["\\if :dice > 980", "DELETE FROM carts WHERE customer = :c;", "\\endif", AUDIT],
                     2 if fault else 1))


BROWSE = repeated(3, [PRICE % "i", "\\if :n > 2",
                      "SELECT id, title, price FROM items WHERE id BETWEEN :i AND :i + 20 ORDER BY price;",
                      "SELECT count(*) FROM order_lines WHERE item = :j;", "\\endif", "\\if :dice < 300",
                      "INSERT INTO carts (customer, items) VALUES (:c, 1)\n    ON CONFLICT (customer) DO UPDATE"
                      "\n    SET items = carts.items + 1, touched = now();",
                      "SELECT items FROM carts WHERE customer = :c;", "\\endif"]) + [
                          "SELECT name, tier FROM customers WHERE id = :c;", "\\if :dice > 970",
                          "SELECT max(created) FROM orders WHERE customer = :c;", "\\endif"]
TPCB = repeated(3, [
    "\\set aid random(1, 100000)", "\\set tid random(1, 10)", "\\set bid random(1, 2)", "\\set delta random(-500, 500)",
    "BEGIN;", "UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;",
    "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;",
    "UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;",
    "UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;",
    "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)\n"
    "    VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);", "END;"])
# Repeatable read on two rows: now and then a serialization failure, which pgbench retries.
SETTLE = repeated(3, [
    "\\set b random(1, 2)", "BEGIN ISOLATION LEVEL REPEATABLE READ;", "SELECT sum(bbalance) FROM pgbench_branches;",
    "\\sleep 150 ms", "UPDATE pgbench_branches SET filler = 'settled' WHERE bid = :b;", "COMMIT;"])


def transfer(first="c", second="d", wait=None):
    hold = [] if wait is None else ["\\sleep %d ms" % wait]
    return (["BEGIN;", "SELECT balance FROM customers WHERE id = :c;",
             "UPDATE customers SET balance = balance - :q WHERE id = :%s;" % first] + hold +
            ["UPDATE customers SET balance = balance + :q WHERE id = :%s;" % second,
             "INSERT INTO audit (what, customer) VALUES ('transfer', :c);", "COMMIT;"])


WEB = {"checkout": (checkout(), 34), "browse": (BROWSE, 26), "tpcb": (TPCB, 20),
       "transfer": (repeated(3, transfer()), 10), "settle": (SETTLE, 10)}

# psql sessions: each function takes a random number generator and returns (role, steps).


def payment(rng):
    steps = ["BEGIN;"]
    for _ in range(rng.randint(1, 3)):
        customer = rng.randint(1, 4000)
        insert = "INSERT INTO payments (id, customer, amount) VALUES (%d, {0}, 10);".format(customer)
        steps += ["SELECT id, total FROM orders WHERE customer = %d AND state = 'open' LIMIT 5;" % customer,
                  "SAVEPOINT pay;"]
        if rng.random() < 0.12:
            steps += [insert % rng.randint(1, 1000), "ROLLBACK TO SAVEPOINT pay;"]
        steps += [insert % rng.randint(10**6, 10**9), "RELEASE SAVEPOINT pay;",
                  "UPDATE orders SET state = 'paid' WHERE customer = %d AND state = 'open';" % customer]
    return "billing", steps + ["COMMIT;"]


SALES = """SELECT o.state, count(*), sum(o.total)
    FROM orders o, generate_series(1, {}) g
    WHERE o.total > g
    GROUP BY o.state
    ORDER BY 2 DESC;"""


def report(rng, timeouts=None):
    if timeouts is None:
        timeouts = 1 if rng.random() < 0.25 else 0
    steps = ["SET statement_timeout = 900;", "SELECT count(*) FROM orders WHERE created > now() - interval '1 day';"]
    for _ in range(timeouts):
        steps += ["BEGIN READ ONLY;", SALES.format(90000000), 1.0, "ROLLBACK;"]
    if timeouts < 3:
        steps += ["BEGIN READ ONLY;", SALES.format(rng.randint(1, 3)), "COMMIT;"]
    if rng.random() < 0.6:
        steps.append("WITH best AS (\n    SELECT item, sum(quantity) AS sold\n    FROM order_lines\n"
                     "    GROUP BY item\n)\nSELECT i.title, b.sold\nFROM best b JOIN items i ON i.id = b.item\nORDER BY b.sold DESC"
                     "\nLIMIT %d;" % rng.randint(5, 50))
    if rng.random() < 0.5:
        steps.append("SELECT c.id, l.item FROM customers c JOIN order_lines l ON l.customer = c.id\n"
                     "    ORDER BY l.price, c.name OFFSET %d LIMIT 10;" % rng.randint(1, 9000))
    return "batch", steps + ["RESET statement_timeout;"]


def archive(rng):
    low = rng.randint(1, 15000)
    steps = ["SELECT pg_tablespace_size('archive_space') AS used;", "BEGIN;",
             "INSERT INTO archive\n    SELECT id, repeat('x', 200) FROM order_lines WHERE id BETWEEN %d AND %d;"
             % (low, low + rng.randint(200, 500)),
             "SELECT count(*) FROM archive;", "INSERT INTO audit (what) VALUES ('archived');", "COMMIT;"]
    if rng.random() < 0.25:
        steps.append("TRUNCATE archive;")
    return "batch", steps


def admin(rng):
    routine = rng.choice([
        ["SELECT count(*) FROM pg_stat_activity;", "SELECT pg_size_pretty(pg_database_size('shop'));",
         "SELECT relname, n_live_tup, n_dead_tup\nFROM pg_stat_user_tables\nORDER BY 3 DESC\nLIMIT 5;"],
        ["VACUUM (VERBOSE) carts;", "ANALYZE carts;", "VACUUM audit;", "SELECT now() - pg_postmaster_start_time();"],
        ["\\dt", "SELECT * FROM orders ORDER BY id DESC LIMIT 3;", "SELECT * FROM order LIMIT 3;",  # a syntax error
         "SELECT * FROM orders LIMIT 3;", "EXPLAIN SELECT * FROM orders WHERE customer = %d;" % rng.randint(1, 4000)]])
    return "dba", [step for statement in routine for step in (statement, rng.uniform(0.02, 0.3))]


def loader(rng):
    rows = "".join("%d\t%d\n" % (rng.randint(1, 4000), rng.randint(1, 9)) for _ in range(rng.randint(3, 20)))
    return "batch", ["CREATE TEMP TABLE incoming (customer int, items int);",
                     "COPY incoming FROM STDIN;\n" + rows + "\\.", "ANALYZE incoming;",
                     "INSERT INTO carts (customer, items)\n    SELECT customer, max(items) FROM incoming"
                     "\n    GROUP BY customer ON CONFLICT (customer) DO NOTHING;", "DROP TABLE incoming;"]


def export(rng):
    return "batch", (["BEGIN;", "DECLARE page CURSOR FOR SELECT * FROM orders ORDER BY id;"] +
                     ["FETCH 100 FROM page;"] * rng.randint(2, 6) + ["CLOSE page;", "COMMIT;"])


def queue(rng):
    steps = ["LISTEN jobs;"]
    for _ in range(rng.randint(1, 3)):
        steps += ["BEGIN;", "SELECT id FROM jobs WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;",
                  "UPDATE jobs SET state = 'done' WHERE id = %d;" % rng.randint(1, 3000), "COMMIT;"]
        if rng.random() < 0.3:
            steps.append("NOTIFY jobs;")
    return "batch", steps + ["UNLISTEN jobs;"]


def prepared(rng):
    return "billing", (["PREPARE open_orders (int) AS SELECT id, total FROM orders WHERE customer = $1;"] +
                       ["EXECUTE open_orders (%d);" % rng.randint(1, 4000) for _ in range(rng.randint(2, 6))] +
                       ["DEALLOCATE open_orders;"])


def migrate(rng, hold=0.02):
    return "deploy", ["BEGIN;", "LOCK TABLE items IN ACCESS EXCLUSIVE MODE;", hold,
                      "ALTER TABLE items ADD COLUMN IF NOT EXISTS colour text;",
                      "ALTER TABLE items ALTER COLUMN colour SET DEFAULT 'none';", "COMMIT;"]


# Things that are seldom done and not wrong: each ends a few ordinary sessions of a recording.
ODD = [(payment, ["INSERT INTO payments VALUES (77000001, 999999, 5);", "SELECT count(*) FROM payments;"]),
       (payment, ["SELECT nickname FROM customers WHERE id = 7;", "SELECT name FROM customers WHERE id = 7;"]),
       (queue, ["SELECT 10 / (id - id) FROM items LIMIT 1;"])]


def odd(number):
    """The maker of the `number`th of these sessions; they take turns, so that each kind comes about equally often."""
    maker, tail = ODD[number % len(ODD)]

    def make(rng):
        role, steps = maker(rng)
        return role, steps + tail

    return make


BATCH = [(payment, 28), (report, 18), (archive, 15), (admin, 12), (loader, 10), (export, 8), (queue, 12), (prepared, 6),
         (migrate, 5), (None, 9)]  # None: an odd one
