using Qwen2Audio.Kernels.Bench;
using Qwen2Audio.Numerics.Threads;

// Prints, for one thread and for all: the measured limits, then each product's rate and its share of the limit of the same run.
// Arguments: words that a row's name must contain (none: all rows).
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
foreach (var threads in Environment.ProcessorCount > 1 ? new[] { 1, Environment.ProcessorCount } : [1])
{
    using var pool = new WorkerPool(threads);
    GemmShapes.Measure(pool, args);
}
