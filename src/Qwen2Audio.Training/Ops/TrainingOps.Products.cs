using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// Products with weights. Weights in their stored type are widened for each use, a few rows at a time, into a reused scratch
/// buffer: results equal those of the same weight in float32, bit for bit.
/// </summary>
internal sealed partial class TrainingOps
{
    private readonly List<GemmJob> _jobs = [];
    private NativeBuffer? _widened;
    private long _widenedInUse;

    /// <summary>Size of the scratch buffer for weights in their stored type, in elements; it grows for longer rows.</summary>
    internal long WidenedNumbers { get; init; } = 1 << 23;

    /// <summary>y = x · wᵀ + b.</summary>
    private void Multiply(Matrix x, Parameter w, Parameter? b, Matrix y)
    {
        var bias = b?.Value ?? default;
        for (var first = 0; first < w.Rows;)
        {
            var rows = Rows(w, ref first, out var start);
            Gemm.Multiply(Pool, x, false, rows, true, y.ColumnRange(start, rows.Rows), bias: bias.IsNull ? bias : bias.ColumnRange(start, rows.Rows));
            _widenedInUse = 0;
        }
    }

    /// <summary>dx (= or +=) dy · w.</summary>
    private void MultiplyBack(Matrix dy, Parameter w, Matrix dx, bool accumulate)
    {
        AddBackJob(dy, w, dx, accumulate);
        RunJobs();
    }

    /// <summary>Queues y = x · wᵀ for <see cref="RunJobs"/>; no other job may use y.</summary>
    private void AddJob(Matrix x, Parameter w, Matrix y)
    {
        if (x.Rows == 0) return;
        for (var first = 0; first < w.Rows;)
        {
            var rows = Rows(w, ref first, out var start);
            _jobs.Add(new GemmJob(x, false, rows, true, y.ColumnRange(start, rows.Rows), false));
        }
    }

    /// <summary>Queues dx (= or +=) dy · w for <see cref="RunJobs"/>.</summary>
    private void AddBackJob(Matrix dy, Parameter w, Matrix dx, bool accumulate)
    {
        if (dy.Rows == 0) return;
        for (var first = 0; first < w.Rows;)
        {
            var rows = Rows(w, ref first, out var start);
            _jobs.Add(new GemmJob(dy.ColumnRange(start, rows.Rows), false, rows, false, dx, accumulate || start > 0));
            if (first < w.Rows) RunJobs(); // the next rows add to the same elements
        }
    }

    private void RunJobs()
    {
        if (_jobs.Count > 0) Gemm.MultiplyAll(Pool, CollectionsMarshal.AsSpan(_jobs));
        _jobs.Clear();
        _widenedInUse = 0;
    }

    /// <summary>As many rows of a weight from <paramref name="first"/> on as are available at once; advances first.</summary>
    private Matrix Rows(Parameter w, ref int first, out int start)
    {
        start = first;
        if (w.Stored is not { } stored || stored.Type == StoredType.Float32)
        {
            first = w.Rows;
            return w.Stored?.Floats ?? w.Value;
        }

        var capacity = Math.Max(WidenedNumbers, w.Columns);
        var count = (int)Math.Min(w.Rows - first, capacity / w.Columns);
        if (_widenedInUse > 0 && _widenedInUse + (long)count * w.Columns > _widened!.Length) RunJobs();
        if (_widened is null || _widened.Length < (long)count * w.Columns)
        {
            _widened?.Dispose();
            _widened = new NativeBuffer(capacity);
        }

        var rows = _widened.Matrix(count, w.Columns, _widenedInUse);
        _widenedInUse += (long)count * w.Columns;
        StoredRows.Widen(Pool, stored, first, rows);
        first += count;
        return rows;
    }
}
