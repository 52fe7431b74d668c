using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Experts;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private const int FeedForwardRows = 256; // rows per block: limits memory, since the inner width is several times the model width
    private readonly ExpertRouting _routing = new();
    private PackedGemmJob[] _jobs = new PackedGemmJob[8];
    private StoredGemmJob[] _storedJobs = new StoredGemmJob[8];
    private int _jobCount;
    private int _storedCount;

    public Matrix GatedFfn(Matrix x, GatedFfnWeights weights)
    {
        var y = Arena.Allocate(x.Rows, weights.Down.Shape[0]);
        var mark = Arena.Position;
        for (var row = 0; row < x.Rows; row += FeedForwardRows)
        {
            var count = Math.Min(FeedForwardRows, x.Rows - row);
            var part = x.RowRange(row, count);
            var gate = Project(part, weights.Gate);
            var up = Project(part, weights.Up);
            RunJobs();
            SwiGlu.Forward(_pool, gate, up, gate);
            Multiply(gate, Own(weights.Down), y.RowRange(row, count));
            Arena.Release(mark);
        }

        return y;
    }

    public Matrix Mlp(Matrix x, MlpWeights weights, Activation activation)
    {
        var y = Arena.Allocate(x.Rows, weights.Fc2.Shape[0]);
        var mark = Arena.Position;
        for (var row = 0; row < x.Rows; row += FeedForwardRows)
        {
            var count = Math.Min(FeedForwardRows, x.Rows - row);
            var inner = Linear(x.RowRange(row, count), weights.Fc1, weights.Fc1Bias);
            Elementwise.Forward(_pool, Function(activation), inner, inner);
            Multiply(inner, Own(weights.Fc2), y.RowRange(row, count), weights.Fc2Bias is null ? default : Own(weights.Fc2Bias).Plain());
            Arena.Release(mark);
        }

        return y;
    }

    public Matrix MoeFfn(Matrix x, MoeWeights weights, in MoeSpec spec)
    {
        var routerLogits = Linear(x, weights.Router);                       // [rows, experts]
        if (spec.Router is { } site) Tap(site, routerLogits);
        Matrix y;
        if (weights.Shared is { } shared)
        {
            y = GatedFfn(x, shared);
        }
        else
        {
            y = Arena.AllocateZeroed(x.Rows, x.Columns);
        }

        var mark = Arena.Position;
        if (weights.SharedGate is { } sharedGate)
        {
            var share = Linear(x, sharedGate);                              // [rows, 1]
            Elementwise.Forward(_pool, ElementwiseFunction.Sigmoid, share, share);
            Vectors.RowScale(_pool, y, share, y);
        }

        var probabilities = Arena.Allocate(x.Rows, routerLogits.Columns);
        _routing.Route(_pool, routerLogits, spec.ExpertsPerToken, spec.NormaliseTopK, probabilities);
        ExpertRows.Combine(_pool, RunExperts(x, weights.Experts), _routing, y);
        Arena.Release(mark);
        return y;
    }

    /// <summary>Expert outputs [rows · choices, width], grouped by expert as in the routing.</summary>
    private Matrix RunExperts(Matrix x, IReadOnlyList<GatedFfnWeights> experts)
    {
        var grouped = Arena.Allocate(x.Rows * _routing.ChoicesPerRow, x.Columns);
        ExpertRows.Gather(_pool, x, _routing, grouped);
        var inner = experts[0].Gate.Shape[0];
        var gate = Arena.Allocate(grouped.Rows, inner);
        var up = Arena.Allocate(grouped.Rows, inner);
        var starts = _routing.Starts;
        for (var e = 0; e < experts.Count; e++)
        {
            var (start, count) = (starts[e], starts[e + 1] - starts[e]);
            if (count == 0) continue;
            var rows = grouped.RowRange(start, count);
            AddJob(rows, experts[e].Gate, gate.RowRange(start, count));
            AddJob(rows, experts[e].Up, up.RowRange(start, count));
        }

        RunJobs();
        SwiGlu.Forward(_pool, gate, up, gate);
        for (var e = 0; e < experts.Count; e++)
        {
            var (start, count) = (starts[e], starts[e + 1] - starts[e]);
            if (count > 0) AddJob(gate.RowRange(start, count), experts[e].Down, grouped.RowRange(start, count));
        }

        RunJobs();
        return grouped;
    }

    /// <summary>Allocates x · weightᵀ + bias and queues the product; <see cref="RunJobs"/> computes all queued products together.</summary>
    private Matrix Project(Matrix x, IWeight weight, IWeight? bias = null)
    {
        var y = Arena.Allocate(x.Rows, weight.Shape[0]);
        var start = bias is null ? default : Own(bias).Plain();
        for (var i = 0; i < y.Rows && !start.IsNull; i++) start.Row(0).CopyTo(y.Row(i));
        AddJob(x, weight, y, accumulate: bias is not null, start);
        return y;
    }

    /// <param name="x">Input rows.</param>
    /// <param name="y">The output.</param>
    /// <param name="accumulate">Whether the product is added to the output.</param>
    /// <param name="start">The initial content of each output row; needed when an adapter rescales rows.</param>
    private void AddJob(Matrix x, IWeight weight, Matrix y, bool accumulate = false, Matrix start = default)
    {
        if (Own(weight) is { IsStored: true } stored)
        {
            if (_storedCount == _storedJobs.Length) Array.Resize(ref _storedJobs, 2 * _storedCount);
            _storedJobs[_storedCount] = new StoredGemmJob(x, stored.Stored, y, accumulate);
            _storedCount++; // only now: reading a weight may fail
            AddAdapted(x, stored, y, start);
            return;
        }

        if (_jobCount == _jobs.Length) Array.Resize(ref _jobs, 2 * _jobCount);
        _jobs[_jobCount] = new PackedGemmJob(x, Own(weight).Packed(_pool), y, accumulate);
        _jobCount++;
        AddAdapted(x, Own(weight), y, start);
    }

    private void RunJobs()
    {
        var (count, storedCount) = (_jobCount, _storedCount);
        _jobCount = _storedCount = 0;
        if (count > 0) Gemm.MultiplyAll(_pool, _jobs.AsSpan(0, count));
        if (storedCount > 0) StoredGemm.MultiplyAll(_pool, _storedJobs.AsSpan(0, storedCount));
        RunAdapted();
    }
}
