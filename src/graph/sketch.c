#include "graph/sketch.h"

#include <stdlib.h>

void sketch_release(struct sketch *sketch)
{
    free(sketch->courses);
    free(sketch->vertices);
    free(sketch->segments);
    free(sketch->down);
    free(sketch->up);
    free(sketch->layer_starts);
    free(sketch->order);
    *sketch = (struct sketch){0};
}
