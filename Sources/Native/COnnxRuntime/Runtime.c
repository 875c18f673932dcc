#include "Runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One line of text, without the place in ONNX Runtime's own source that it begins with.
enum sluice_inference_result sluice_runtime_say(
    enum sluice_inference_result result, struct sluice_inference_error *error, const char *text) {
    if (!error) return result;
    const char *prefix = "Exception during initialization: ";
    if (!strncmp(text, prefix, strlen(prefix))) text += strlen(prefix);
    // "External file: NAME not found from the table user provided."
    char elsewhere[sizeof error->text];
    const char *file = strstr(text, "External file: "), *missing = strstr(text, " not found from the table");
    if (file && missing > file) {
        file += strlen("External file: ");
        snprintf(
            elsewhere, sizeof elsewhere, "its weights are in '%.*s', which is neither beside it under the model's name "
            "and .data nor named by 'weights'", (int) (missing - file), file);
        text = elsewhere;
    } else if (strstr(text, "model_path must not be empty") || strstr(text, "SystemError :")) {
        text = "its weights are in another file; name it with 'weights'";
    }
    if (*text == '/') {
        // "/…/graph.cc:120 void onnxruntime::Graph::… [ShapeInferenceError] words", or without the bracket.
        const char *bracket = strchr(text, '['), *condition = strstr(text, " was false. ");
        const char *end = strchr(text, ')');
        if (condition) text = condition + strlen(" was false. ");
        else if (bracket && bracket[1] >= 'A' && bracket[1] <= 'Z') text = bracket;
        else if (end && end[1] == ' ') text = end + 2;
    }
    // "graph.cc:120 Name words".
    const char *place = strstr(text, ".cc:"), *name = place ? strchr(place, ' ') : NULL;
    const char *words = name && place < strchr(text, ' ') ? strchr(name + 1, ' ') : NULL;
    if (words) text = words + 1;
    size_t length = 0;
    for (; text[length] && length < sizeof error->text - 1; length++)
        error->text[length] = (unsigned char) text[length] < ' ' ? ' ' : text[length];
    while (length > 0 && (error->text[length - 1] == ' ' || error->text[length - 1] == '.')) length--;
    error->text[length] = 0;
    return result;
}

static enum sluice_inference_result fail(struct sluice_inference_error *error, const char *text) {
    snprintf(error->text, sizeof error->text, "%s", text ? text : "unknown error");
    return sluice_inference_failed;
}

enum sluice_inference_result sluice_runtime_check(
    const OrtApi *api, OrtStatus *status, struct sluice_inference_error *error) {
    if (!status) return sluice_inference_done;
    const char *text = api->get_error_message(status);
    enum sluice_inference_result result = sluice_inference_failed;
    if (api->get_error_code(status) == ort_invalid_protobuf) result = sluice_inference_no_model;
    // std::bad_alloc, caught at its border or, with words around it, further in.
    if (strstr(text, "bad_alloc") || strstr(text, "bad allocation") || strstr(text, "Failed to allocate memory"))
        result = sluice_inference_no_memory;
    sluice_runtime_say(result, error, text);
    api->release_status(status);
    return result;
}

enum sluice_inference_result sluice_runtime_open(
    const char *path, const sluice_runtime **opened, struct sluice_inference_error *error) {
    *opened = NULL;
    // All of it now: once confined, the process can look for nothing.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return fail(error, dlerror());
    const OrtApiBase *(*get_base)(void) = (const OrtApiBase *(*)(void)) dlsym(library, "OrtGetApiBase");
    const OrtApiBase *base = get_base ? get_base() : NULL;
    if (!base) return fail(error, "it is not ONNX Runtime");
    // It prints when it is asked for a version that it does not have: so its own name is read first.
    const char *version = base->get_version();
    int major = 0, minor = 0;
    if (!version || sscanf(version, "%d.%d", &major, &minor) != 2 || major != 1 || minor < ORT_VERSION_NEEDED)
        return fail(error, "its version is too old or unknown; ONNX Runtime 1.14 or later is needed");
    sluice_runtime *runtime = calloc(1, sizeof *runtime);
    if (!runtime) return sluice_inference_no_memory;
    runtime->version = version;
    runtime->takes_files = minor >= ORT_VERSION_WITH_FILES;
    runtime->api = base->get_api(runtime->takes_files ? ORT_VERSION_WITH_FILES : ORT_VERSION_NEEDED);
    if (!runtime->api) return fail(error, "it does not offer its interface");
    OrtEnv *environment = NULL;
    OrtMemoryInfo *memory = NULL;
    const OrtApi *api = runtime->api;
    enum sluice_inference_result result =
        sluice_runtime_check(api, api->create_env(ort_log_fatal, "sluice", &environment), error);
    if (!result) result = sluice_runtime_check(api, api->disable_telemetry(environment), error);
    if (!result)
        result = sluice_runtime_check(
            api, api->create_cpu_memory_info(ort_device_allocator, ort_default_memory, &memory), error);
    if (!result) result = sluice_runtime_check(api, api->get_default_allocator(&runtime->allocator), error);
    if (result) return result;
    runtime->environment = environment;
    runtime->memory = memory;
    *opened = runtime;
    return sluice_inference_done;
}

const char *sluice_runtime_version(const sluice_runtime *runtime) { return runtime->version; }

uint32_t sluice_processor_features(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return (__builtin_cpu_supports("avx") ? 1 : 0) | (__builtin_cpu_supports("avx2") ? 2 : 0)
        | (__builtin_cpu_supports("fma") ? 4 : 0) | (__builtin_cpu_supports("avx512f") ? 8 : 0)
        | (__builtin_cpu_supports("avx512vnni") ? 16 : 0);
#else
    return 0;
#endif
}
