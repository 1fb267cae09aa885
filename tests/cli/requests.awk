# Writes a log of `traces` requests that overlap in time, eight at once, and to the file `labels` which of them are
# anomalous: every 13th loses its reply, every 17th asks three times; with `clean` none does. A trace is named by req-N.
BEGIN {
    print "trace,label" > labels
    second = 0
    for (first = 0; first < traces; first += 8)
        for (step = 0; step < 7; step++)
            for (i = first; i < first + 8 && i < traces; i++)
                event(i, step)
}

function event(i, step)
{
    lost = !clean && i % 13 == 12
    asks = !clean && i % 17 == 16 ? 3 : 1 + (i % 3 == 0)
    if (step == 0) {
        say(i, "INFO", "web", "request req-" i " from 10.0.0." (i % 200) + 1 " started")
        print "req-" i "," (lost || asks == 3) > labels
    } else if (step <= 3 && step <= asks) {
        say(i, step > 1 ? "WARN" : "INFO", "store", "lookup of /items/" i * 7 % 1000 " for req-" i " took " i % 90 + 1 " ms")
    } else if (step == 4 && !lost) {
        say(i, "INFO", "web", "reply to req-" i ": status 200, " i * 31 % 5000 " bytes")
    } else if (step == 5) {
        say(i, "DEBUG", "web", "request req-" i " closed")
    }
}

function say(i, level, component, text)
{
    second++
    printf "2024-03-01 %02d:%02d:%02d,%03d %s %s: %s\n", second / 36000 % 24, second / 600 % 60, second / 10 % 60, \
        second % 10 * 100, level, component, text
}
