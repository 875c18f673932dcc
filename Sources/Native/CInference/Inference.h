// What an engine for neural networks offers to a worker: a table of functions, which a library that is opened at run
// time hands out. So a worker that runs no network has nothing of the engine in its memory, and no other code knows which
// engine it is.
//
// No function throws or prints, and none keeps a pointer that it was given. Threads that share a network hold it, one at
// a time, from the run until they have read what came out.
#ifndef SLUICE_INFERENCE_H
#define SLUICE_INFERENCE_H
#include <stddef.h>

/// Changes whenever the table does: library and worker are built together.
#define SLUICE_INFERENCE_VERSION 1

/// The symbol to look up, a `sluice_inference_entry`.
#define SLUICE_INFERENCE_ENTRY "sluice_inference_engine"

/// Dimensions that a tensor has at most.
#define SLUICE_MOST_DIMENSIONS 8

enum sluice_inference_result {
    sluice_inference_done = 0,
    /// The text says why.
    sluice_inference_failed = 1,
    /// An allocation was refused. The network may be freed, and nothing else.
    sluice_inference_no_memory = 2
};

/// Numbers in rows: the last dimension's lie side by side.
struct sluice_tensor {
    /// Of the graph's input or output.
    const char *name;
    int dimensions;
    int shape[SLUICE_MOST_DIMENSIONS];
    const float *values;
};

typedef struct sluice_network sluice_network;

/// Where a function says what went wrong; always ends with NUL.
struct sluice_inference_error {
    char text[512];
};

struct sluice_inference {
    int version;
    /// Name and version, for people: "OpenCV 4.6.0".
    const char *engine;

    /// Reads a network from an ONNX file's bytes, which may go afterwards.
    enum sluice_inference_result (*open)(
        const void *bytes, size_t count, sluice_network **network, struct sluice_inference_error *error);

    /// Runs it once. `outputs` comes with names, and gets shapes, and values that stay until the next run. An input of
    /// another shape than in the last run makes the engine lay out its memory anew.
    enum sluice_inference_result (*run)(
        sluice_network *network, const struct sluice_tensor *inputs, int input_count, struct sluice_tensor *outputs,
        int output_count, struct sluice_inference_error *error);

    /// Waits until no other thread holds the network; and lets the next one have it.
    void (*hold)(sluice_network *network);
    void (*let_go)(sluice_network *network);

    /// NULL is allowed.
    void (*free)(sluice_network *network);
};

/// One thread from here on, whatever the machine has.
typedef const struct sluice_inference *(*sluice_inference_entry)(void);

#endif
