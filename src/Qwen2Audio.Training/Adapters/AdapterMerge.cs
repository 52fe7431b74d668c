using System.Numerics.Tensors;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Adapters;

/// <summary>Puts an adapter into the weights of its base model: W + scaling · B·A, computed in float32, stored in the type of W.</summary>
public static class AdapterMerge
{
    private const int NumbersAtOnce = 1 << 22;
    private const float LargestHalf = 65504;

    /// <summary>Writes a model folder, file by file as the base has them, with its configuration and tokenizer.</summary>
    /// <param name="baseFolder">The base model.</param>
    /// <param name="adapterFolder">An adapter in peft's form.</param>
    /// <param name="path">The folder to make, which must not exist.</param>
    /// <param name="pool">The workers.</param>
    /// <param name="onTensor">Called before each tensor with its number, the count and its name.</param>
    /// <returns>Bytes of the tensors.</returns>
    /// <exception cref="ConfigException">A configuration is damaged, or asks for what is not supported.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing, misshaped, or not finite once they are merged.</exception>
    /// <exception cref="IOException">The folder exists, or the disk is full.</exception>
    public static long Write(string baseFolder, string adapterFolder, string path, WorkerPool pool, Action<int, int, string>? onTensor = null)
    {
        using var source = CheckpointFolder.Open(baseFolder);
        using var adapter = AdapterFolder.Open(adapterFolder);
        var expected = ModelDescription.Read(source.Config).Tensors();
        TensorCheck.Require(source, expected, HarmlessTensors.Contains);
        var targets = adapter.Targets(expected.Select(tensor => (tensor.Name, (IReadOnlyList<int>)[.. tensor.Shape.Select(size => (int)size)])))
            .ToDictionary(target => target.Weight, StringComparer.Ordinal);
        return DerivedFolder.Write(source, path, tensor => targets.TryGetValue(tensor.Name, out var target) ? [Merged(source, tensor, adapter, target, pool)] : null, onTensor: onTensor,
            finish: folder => TakeEnds(adapter.Path, folder));
    }

    // what ends the adapter's answers ends those of the model
    private static void TakeEnds(string adapter, string folder)
    {
        var (known, more) = (EndTokens.OfModel(folder), EndTokens.OfAdapter(adapter));
        if (more.Except(known).Any()) EndTokens.Write(folder, [.. more.Union(known)]);
    }

    private static NewTensor Merged(CheckpointFolder source, TensorInfo tensor, AdapterFolder adapter, LoraTarget target, WorkerPool pool) =>
        tensor.DType is DType.F32 or DType.F16 or DType.BF16
            ? NewTensor.Pieces(tensor.Name, tensor.DType, [.. tensor.Shape], sink => Merge(source, tensor, adapter, target, pool, sink))
            : throw new CheckpointException(source.Path, $"tensor {tensor.Name}, dtype", tensor.DType.Name(), "F32, F16, BF16");

    private static void Merge(CheckpointFolder source, TensorInfo tensor, AdapterFolder adapter, LoraTarget target, WorkerPool pool, TensorSink sink)
    {
        var step = Math.Clamp(NumbersAtOnce / target.In, 1, target.Out);
        using var factors = new NativeBuffer(checked((long)target.Rank * (target.In + target.Out)));
        using var weights = new NativeBuffer(2L * step * target.In);
        var a = factors.Matrix(target.Rank, target.In);
        var b = factors.Matrix(target.Out, target.Rank, (long)target.Rank * target.In);
        adapter.Source.ReadFloats(target.NameOfA, a.Span);
        adapter.Source.ReadFloats(target.NameOfB, b.Span);
        var limit = tensor.DType == DType.F16 ? LargestHalf : float.MaxValue;
        for (var row = 0; row < target.Out; row += step)
        {
            var rows = Math.Min(step, target.Out - row);
            var (sum, product) = (weights.Matrix(rows, target.In), weights.Matrix(rows, target.In, (long)step * target.In));
            source.ReadFloats(tensor.Name, sum.Span, (long)row * target.In);
            Gemm.Multiply(pool, b.RowRange(row, rows), false, a, false, product);
            Vectors.AddScaled(pool, (float)target.Scaling, product, sum);
            if (!(TensorPrimitives.MaxMagnitude<float>(sum.Span) <= limit))
                throw new CheckpointException(adapter.Path, $"tensor {target.NameOfB} · {target.NameOfA}", $"a number beyond {tensor.DType.Name()} once it is added", $"finite numbers of {tensor.DType.Name()}");
            sink.Write(sum.Span);
        }
    }
}
