// One run of a network: numbers in, numbers out.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "Network.h"
#include "Numbers.h"

static int type_of_input(const sluice_network *network, const char *name) {
    for (size_t i = 0; i < network->input_count; i++)
        if (!strcmp(network->inputs[i].shown.name, name)) return network->inputs[i].type;
    return ort_float;
}

// What goes in: the caller's own numbers, or a copy of them in the graph's type.
static result wrap(
    const sluice_network *network, const struct sluice_tensor *tensor, given *made,
    struct sluice_inference_error *error) {
    int type = type_of_input(network, tensor->name);
    size_t size = sluice_number_size(type), count = 1;
    for (int i = 0; i < tensor->dimensions; i++) count *= (size_t) tensor->shape[i];
    const void *numbers = tensor->values;
    if (type != ort_float) {
        made->converted = malloc(count * size + 1);
        if (!made->converted) return sluice_inference_no_memory;
        sluice_numbers_from_floats(tensor->values, count, type, made->converted);
        numbers = made->converted;
    }
    // It reads what it is given, and never writes to it.
    return check(
        network->runtime,
        network->runtime->api->wrap_tensor(
            network->runtime->memory, (void *) numbers, count * size, tensor->shape, (size_t) tensor->dimensions, type,
            &made->value),
        error);
}

static result read_shape(
    const sluice_runtime *runtime, const OrtTensorInfo *info, struct sluice_tensor *tensor, int *type, size_t *count,
    struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    size_t dimensions = 0;
    TRY(check(runtime, api->get_element_type(info, type), error));
    TRY(check(runtime, api->get_element_count(info, count), error));
    TRY(check(runtime, api->get_dimension_count(info, &dimensions), error));
    if (dimensions > SLUICE_MOST_DIMENSIONS || !sluice_number_size(*type)) {
        snprintf(error->text, sizeof error->text, "its output '%s' is not a plain tensor of numbers", tensor->name);
        return sluice_inference_failed;
    }
    tensor->dimensions = (int) dimensions;
    return check(runtime, api->get_dimensions(info, tensor->shape, dimensions), error);
}

static result read_output(
    const sluice_runtime *runtime, given *made, struct sluice_tensor *tensor, struct sluice_inference_error *error) {
    const OrtApi *api = runtime->api;
    int is_tensor = 0, type = 0;
    size_t count = 0;
    void *numbers = NULL;
    TRY(check(runtime, api->is_tensor(made->value, &is_tensor), error));
    if (!is_tensor) {
        snprintf(error->text, sizeof error->text, "its output '%s' is not a tensor", tensor->name);
        return sluice_inference_failed;
    }
    OrtTensorInfo *info = NULL;
    TRY(check(runtime, api->get_tensor_info(made->value, &info), error));
    result tried = read_shape(runtime, info, tensor, &type, &count, error);
    api->release_tensor_info(info);
    TRY(tried);
    TRY(check(runtime, api->get_data(made->value, &numbers), error));
    tensor->values = numbers;
    if (type == ort_float) return sluice_inference_done;
    made->converted = malloc(count * sizeof(float) + 1);
    if (!made->converted) return sluice_inference_no_memory;
    sluice_numbers_to_floats(numbers, count, type, made->converted);
    tensor->values = made->converted;
    return sluice_inference_done;
}

static result run(
    sluice_network *network, given *inputs, const struct sluice_tensor *wanted_inputs, size_t input_count,
    struct sluice_tensor *outputs, size_t output_count, struct sluice_inference_error *error) {
    const char *input_names[MOST_PORTS], *output_names[MOST_PORTS];
    const OrtValue *given_values[MOST_PORTS];
    OrtValue *values[MOST_PORTS] = {0};
    for (size_t i = 0; i < input_count; i++) {
        TRY(wrap(network, &wanted_inputs[i], &inputs[i], error));
        input_names[i] = wanted_inputs[i].name;
        given_values[i] = inputs[i].value;
    }
    for (size_t i = 0; i < output_count; i++) output_names[i] = outputs[i].name;
    result tried = check(
        network->runtime,
        network->runtime->api->run(
            network->session, NULL, input_names, given_values, input_count, output_names, output_count, values),
        error);
    for (size_t i = 0; i < output_count; i++) network->given[i].value = values[i];
    for (size_t i = 0; i < output_count && !tried; i++)
        tried = read_output(network->runtime, &network->given[i], &outputs[i], error);
    return tried;
}

result sluice_network_run(
    sluice_network *network, const struct sluice_tensor *inputs, size_t input_count, struct sluice_tensor *outputs,
    size_t output_count, struct sluice_inference_error *error) {
    if (input_count > MOST_PORTS || output_count > MOST_PORTS) {
        snprintf(error->text, sizeof error->text, "too many inputs or outputs");
        return sluice_inference_failed;
    }
    sluice_network_forget(network);
    given made[MOST_PORTS] = {0};
    result tried = run(network, made, inputs, input_count, outputs, output_count, error);
    for (size_t i = 0; i < input_count; i++) {
        if (made[i].value) network->runtime->api->release_value(made[i].value);
        free(made[i].converted);
    }
    return tried;
}
