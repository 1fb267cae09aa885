# Writes orders.log, the log of a small shop, and orders.labels.csv: `awk -f orders.awk`. Each order is a trace; some
# leave a step out, pay twice or end in an error, and are labelled. The same on every run.

function random(n)
{
    seed = (seed * 16807) % 2147483647
    return seed % n
}

function event(level, component, message,    rest)
{
    clock += 1 + random(40)
    rest = clock % 60000
    times[++n] = clock * 1000 + n % 1000
    lines[n] = sprintf("2024-03-05T%02d:%02d:%02d.%03dZ %-5s %s [order-%04d] %s", 10 + int(clock / 3600000),
        int(clock / 60000) % 60, int(rest / 1000), rest % 1000, level, component, order, message)
}

BEGIN {
    seed = 42
    if (n_orders == 0)
        n_orders = 160
    print "trace,label" >"orders.labels.csv"
    for (order = 1; order <= n_orders; order++) {
        kind = order % 8 == 5 ? 1 + random(3) : 0
        event("INFO", "shop.web", "order received from 10.0." random(4) "." random(250) " with " 1 + random(5) " items")
        event("DEBUG", "shop.stock", "reserving " 1 + random(9) " items in warehouse w" random(3))
        if (kind != 1)
            event("INFO", "shop.pay", "payment of " 100 + random(9000) " cents asked")
        if (kind == 3)
            event("ERROR", "shop.pay", "payment service answered 503 after " 1000 + random(4000) " ms")
        else
            event("INFO", "shop.pay", "payment accepted, receipt r-" random(100000))
        if (kind == 2)
            event("INFO", "shop.pay", "payment accepted, receipt r-" random(100000))
        if (random(4) == 0)
            event("WARN", "shop.stock", "stock of item " random(50) " is low")
        event("INFO", "shop.ship", "parcel p-" random(100000) " handed to carrier")
        event("INFO", "shop.web", "order done in " random(900) " ms")
        printf "order-%04d,%s\n", order, (kind ? "anomalous" : "normal") >"orders.labels.csv"
    }
    for (i = 1; i <= n; i++)
        print lines[i] >"orders.log"
    # what must never reach a terminal as it is: a title, a bell, a cleared screen, bytes that are no UTF-8
    printf "2024-03-05T11:00:00.000Z ERROR shop.web [order-9999] name \033]0;owned\007 \033[2J \200\377 \346\227\245\346\234\254 e\314\201|\n" >"orders.log"
}
