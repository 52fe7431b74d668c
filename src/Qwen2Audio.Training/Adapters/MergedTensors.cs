using System.Numerics.Tensors;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Training.Adapters;

/// <summary>The tensors of a model with an adapter merged in.</summary>
internal sealed class MergedTensors(ModelSource model, AdapterFolder adapter, AdapterChanges changes, WorkerPool pool)
{
    private const int NumbersAtOnce = 1 << 22;
    private const float LargestHalf = 65504;

    /// <summary>The tensors that replace one of the model's; null: it stays unchanged.</summary>
    public IReadOnlyList<NewTensor>? Of(TensorInfo tensor)
    {
        if (changes.Head is not { } tied) return Changed(tensor, tensor.Name, tensor.Name, WeightUses.All) is { } one ? [one] : null;
        if (tensor.Name == tied.Head) return changes.Unties || changes.Whole.Any(whole => whole.Holder == tied.Table) ? [] : null; // a copy beside the embedding
        if (tensor.Name != tied.Table) return Changed(tensor, tensor.Name, tensor.Name, WeightUses.All) is { } other ? [other] : null;
        var table = Changed(tensor, tied.Table, tied.Table, WeightUses.Rows) ?? NewTensor.Copy(model, tensor);
        if (!changes.Unties) return [table];
        return [table, Changed(tensor, tied.Head, tied.Head, WeightUses.Products) ?? Changed(tensor, tied.Head, null, WeightUses.Products, copied: true)!];
    }

    /// <summary>The merged form of a stored weight under a name, for some uses; null when the adapter does not change it.</summary>
    private NewTensor? Changed(TensorInfo tensor, string name, string? targeted, WeightUses uses, bool copied = false)
    {
        var target = changes.Targets.FirstOrDefault(target => target.Weight == targeted);
        var whole = changes.Whole.FirstOrDefault(whole => whole.Holder == tensor.Name && (whole.Uses & uses) == uses);
        if (target is null && whole is null && !copied) return null;
        if (tensor.DType is not (DType.F32 or DType.F16 or DType.BF16))
            throw new CheckpointException(model.Path, $"tensor {tensor.Name}, dtype", tensor.DType.Name(), "F32, F16, BF16");
        Action<Span<float>, long> read = whole is null ? (numbers, start) => model.ReadFloats(tensor.Name, numbers, start)
            : (numbers, start) => adapter.Source.ReadFloats(whole.Tensor, numbers, start);
        var place = target is null ? whole?.Tensor ?? tensor.Name : $"{target.NameOfB} · {target.NameOfA}";
        return NewTensor.Pieces(name, tensor.DType, [.. tensor.Shape], sink => Write(tensor, target, read, place, sink));
    }

    private void Write(TensorInfo tensor, LoraTarget? target, Action<Span<float>, long> read, string place, TensorSink sink)
    {
        var columns = (int)(tensor.Shape.Count == 0 || tensor.Count == 0 ? 1 : tensor.Count / tensor.Shape[0]);
        var all = (int)(tensor.Count / columns);
        var step = Math.Clamp(NumbersAtOnce / columns, 1, Math.Max(1, all));
        using var factors = target is null ? null : new LowRankFactors(adapter.Source, target);
        using var weights = new NativeBuffer(2L * step * columns);
        var limit = tensor.DType == DType.F16 ? LargestHalf : float.MaxValue;
        for (var row = 0; row < all; row += step)
        {
            var rows = Math.Min(step, all - row);
            var sum = weights.Matrix(rows, columns);
            read(sum.Span, (long)row * columns);
            factors?.AddRows(pool, row, sum, weights.Matrix(rows, columns, (long)step * columns));
            if (!(TensorPrimitives.MaxMagnitude<float>(sum.Span) <= limit))
                throw new CheckpointException(adapter.Path, $"tensor {place}", $"a number beyond {tensor.DType.Name()} once it is merged", $"finite numbers of {tensor.DType.Name()}");
            sink.Write(sum.Span);
        }
    }

    /// <summary>A [r, in], B [out, r] and the row norms [out] of a target.</summary>
    private sealed class LowRankFactors : IDisposable
    {
        private readonly NativeBuffer _numbers;
        private readonly LoraTarget _target;
        private readonly Matrix _a;
        private readonly Matrix _b;
        private readonly Matrix _lengths;

        public LowRankFactors(ITensorSource source, LoraTarget target)
        {
            var product = (long)target.Rank * (target.In + target.Out);
            _target = target;
            _numbers = new NativeBuffer(checked(product + target.Out));
            _a = _numbers.Matrix(target.Rank, target.In);
            _b = _numbers.Matrix(target.Out, target.Rank, (long)target.Rank * target.In);
            _lengths = _numbers.Matrix(target.Out, 1, product);
            source.ReadFloats(target.NameOfA, _a.Span);
            source.ReadFloats(target.NameOfB, _b.Span);
            if (target.Magnitude is { } lengths) source.ReadFloats(lengths, _lengths.Span);
        }

        /// <summary>Changes rows of W, from <paramref name="row"/> on, to those of W + scaling · B·A, rescaled to the stored norms if there are any.</summary>
        public void AddRows(WorkerPool pool, int row, Matrix w, Matrix room)
        {
            Gemm.Multiply(pool, _b.RowRange(row, w.Rows), false, _a, false, room);
            Vectors.AddScaled(pool, (float)_target.Scaling, room, w);
            if (_target.Magnitude is not null) WeightNorm.Forward(pool, w, _lengths.RowRange(row, w.Rows), w);
        }

        public void Dispose() => _numbers.Dispose();
    }
}
