/* Streams of random numbers under one seed, so that no two uses share one. */
#ifndef LW_GENERATE_PURPOSE_H
#define LW_GENERATE_PURPOSE_H

enum purpose {
    PURPOSE_WALK = 0x6701, /* events and delays of a trace */
    PURPOSE_ARRIVAL,       /* gap before a trace */
    PURPOSE_NAME,          /* name of a trace */
    PURPOSE_CHOICE,        /* order in which traces are made anomalous */
    PURPOSE_INJECT,        /* where in a trace, and how */
    PURPOSE_RECORD,        /* surroundings and parameters of a record */
    PURPOSE_SHARED         /* values that records of a trace share */
};

#endif
