namespace Qwen2Audio.Model.Codec;

/// <summary>
/// A codec's quantiser: one residual quantiser, or a semantic and an acoustic one on the same frames, whose results are added; each has
/// its own projections if entries and frames differ in width (Mimi).
/// </summary>
internal sealed class FrameQuantiser
{
    private readonly Group[] _groups;

    /// <summary>Requests the weights of one <see cref="ResidualQuantiser"/>, or of two under <c>semantic</c> and <c>acoustic</c>, with <c>in_proj.weight</c>, <c>out_proj.weight</c>.</summary>
    public FrameQuantiser(CodecConfig config, IWeights weights)
    {
        var (width, dim) = (config.Dimension, config.EntryDimension ?? config.Dimension);
        _groups = config.Quantiser switch
        {
            QuantiserKind.Euclidean => [new Group(config.Stages, ResidualQuantiser.Euclidean(weights, config.Stages, config.Entries, width), null, null)],
            QuantiserKind.Factorised => [new Group(config.Stages, ResidualQuantiser.Factorised(weights, config.Stages, config.Entries, dim, width), null, null)],
            _ => [Part("semantic", 0, config.SemanticStages), Part("acoustic", config.SemanticStages, config.Stages - config.SemanticStages)],
        };

        Group Part(string name, int before, int stages)
        {
            var part = weights.Sub(name);
            var (inward, outward) = dim == width ? ((IWeight?)null, (IWeight?)null) : (part.Get("in_proj.weight", dim, width, 1), part.Get("out_proj.weight", width, dim, 1));
            return new Group(stages, ResidualQuantiser.Euclidean(part, stages, config.Entries, dim, before), inward, outward);
        }
    }

    /// <summary>Minimum number of stages.</summary>
    public int MinStages => _groups.Length == 1 ? 1 : _groups[0].Stages;

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _groups.SelectMany(group => group.Quantiser.Sites);

    /// <summary>Frames [rows, width] → the sum of the entries of the first <paramref name="stages"/> stages; codes [rows, stages].</summary>
    public T Quantise<T>(IOps<T> ops, T frames, int stages, Span<int> codes)
    {
        if (_groups.Length == 1) return _groups[0].Quantiser.Quantise(ops, frames, stages, codes);
        var rows = codes.Length / stages;
        T? sum = default;
        for (int g = 0, first = 0; first < stages; first += _groups[g++].Stages)
        {
            var group = _groups[g];
            var count = Math.Min(group.Stages, stages - first);
            var own = new int[rows * count];
            var part = group.Quantiser.Quantise(ops, group.In(ops, frames), count, own);
            for (var row = 0; row < rows; row++) own.AsSpan(row * count, count).CopyTo(codes[(row * stages + first)..]);
            part = group.Out(ops, part);
            if (g == 0) sum = part;
            else ops.Accumulate(ref sum!, part);
        }

        return sum!;
    }

    /// <summary>Codes [rows, stages] → the sum of their entries [rows, width].</summary>
    public T Decode<T>(IOps<T> ops, ReadOnlySpan<int> codes, int stages)
    {
        if (_groups.Length == 1) return _groups[0].Quantiser.Decode(ops, codes, stages);
        var rows = codes.Length / stages;
        T? sum = default;
        for (int g = 0, first = 0; first < stages; first += _groups[g++].Stages)
        {
            var count = Math.Min(_groups[g].Stages, stages - first);
            var own = new int[rows * count];
            for (var row = 0; row < rows; row++) codes.Slice(row * stages + first, count).CopyTo(own.AsSpan(row * count));
            var part = _groups[g].Out(ops, _groups[g].Quantiser.Decode(ops, own, count));
            if (g == 0) sum = part;
            else ops.Accumulate(ref sum!, part);
        }

        return sum!;
    }

    private sealed record Group(int Stages, ResidualQuantiser Quantiser, IWeight? Inward, IWeight? Outward)
    {
        public T In<T>(IOps<T> ops, T frames) => Inward is null ? frames : ops.Linear(frames, Inward);

        public T Out<T>(IOps<T> ops, T entries) => Outward is null ? entries : ops.Linear(entries, Outward);
    }
}
