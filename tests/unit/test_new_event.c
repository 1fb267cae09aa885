#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/lib/detecting.h"

static void counts_events_that_were_not_fitted(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add(&at.set, "ABC@", NULL); /* @ = unknown, which stays unknown */
    detecting_fit(&at, "new-event");
    assert_true(detecting_ask(&at, "CCBA", NULL).score == 0);
    detecting_assert_reason(&at, "every event has a template that was seen in training");
    struct detector_verdict verdict = detecting_ask(&at, "AADBD", NULL);
    assert_true(verdict.score == 2);
    assert_int_equal(verdict.event, 2);
    detecting_assert_reason(&at, "E4: not one of the traces fitted on has it; 2 such events in this trace");
    verdict = detecting_ask(&at, "A@", NULL);
    assert_true(verdict.score == 1);
    assert_int_equal(verdict.event, 1);
    detecting_assert_reason(&at, "a message that matches no template");
    detecting_release(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_events_that_were_not_fitted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
