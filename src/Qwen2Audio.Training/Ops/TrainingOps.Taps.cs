using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// Receives the values of a site, [rows, columns], in the forward pass; valid during the call. They cannot be replaced, since the
/// recorded gradients would not match.
/// </summary>
internal delegate void SiteListener(Site site, ReadOnlySpan<float> values, int rows, int columns);

internal sealed partial class TrainingOps
{
    private bool _again;

    /// <summary>
    /// Receives each site once per step, in the order of <see cref="Model.Qwen2.Qwen2Model.Sites"/>, even if layers are recomputed
    /// (<see cref="Recompute"/>). Attention probabilities are computed only for it. Null: none, at no cost.
    /// </summary>
    public SiteListener? Listener { get; set; }

    /// <summary>Receives the variable of each site, for losses of inner values; those of recomputed layers do not outlive the layer. Null: none.</summary>
    public Action<Site, Variable>? VariableListener { get; set; }

    public void Tap(Site site, Variable value)
    {
        if (_again) return;
        Listener?.Invoke(site, value.Value.Span, value.Value.Rows, value.Value.Columns);
        VariableListener?.Invoke(site, value);
    }

    public void Tap(Site site, Span<int> codes, int entries)
    {
        if (_again || Listener is not { } listener) return;
        var mark = _arena.Position;
        var column = _arena.Allocate(codes.Length, 1).Span;
        for (var row = 0; row < codes.Length; row++) column[row] = codes[row];
        listener(site, column, codes.Length, 1);
        _arena.Release(mark);
    }

    private void TapProbabilities(Site? site, in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        if (site is null || _again || Listener is not { } listener) return;
        var mark = _arena.Position;
        foreach (ref readonly var segment in segments)
        {
            if (segment.Q.Rows == 0) continue;
            var probabilities = _arena.Allocate(shape.Heads * segment.Q.Rows, segment.K.Rows);
            ScaledDotProductAttention.Probabilities(Pool, shape, segment, probabilities);
            listener(site, probabilities.Span, probabilities.Rows, probabilities.Columns);
            _arena.Release(mark);
        }
    }
}
