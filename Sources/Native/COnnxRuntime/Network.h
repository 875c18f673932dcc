// A network, as its files share it.
#ifndef SLUICE_NETWORK_H
#define SLUICE_NETWORK_H
#include <pthread.h>

#include "Runtime.h"

// Inputs and outputs that a graph has at most: a bound for what its file claims.
#define MOST_PORTS 64

typedef enum sluice_inference_result result;

typedef struct {
    struct sluice_port shown;
    int type;
} port;

// What a run has given: a value of the runtime's, and its numbers as floats where it has others.
typedef struct {
    OrtValue *value;
    float *converted;
} given;

struct sluice_network {
    const sluice_runtime *runtime;
    OrtSession *session;
    pthread_mutex_t held;
    port *inputs, *outputs;
    size_t input_count, output_count;
    // Of the last run.
    given given[MOST_PORTS];
};

static inline result check(const sluice_runtime *runtime, OrtStatus *status, struct sluice_inference_error *error) {
    return sluice_runtime_check(runtime->api, status, error);
}

#define TRY(call)                          \
    do {                                   \
        result ended_with = (call);        \
        if (ended_with) return ended_with; \
    } while (0)

/// What the last run has given goes.
void sluice_network_forget(sluice_network *network);

#endif
