using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Sampling;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Synthesis;

/// <summary>
/// Makes the codes of a text frame by frame, with a key/value cache. The codes depend on the frames and settings, not on the pieces in which they are made. The caller needs exclusive use of the
/// operators during each call.
/// </summary>
public sealed class FrameGeneration : IDisposable
{
    private const int PrefillRows = 256;
    private static readonly GreedySampler Greedy = new();
    private readonly SynthesisModel _model;
    private readonly InferenceOps _ops;
    private readonly FrameInput[] _inputs; // of the text and, with guidance, without it
    private readonly SequenceState _state;
    private readonly SamplingFilter? _filter;
    private readonly ulong _seed;
    private readonly float _guidance;
    private readonly int[] _codes; // of the frame before
    private int _row;

    /// <summary>Begins a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ops">The operators; every frame begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="input">Its frames.</param>
    /// <param name="temperature">Temperature of the draws; 0: the most probable codes.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="guidance">Classifier-free guidance (arXiv 2207.12598): logits = u + guidance · (c − u), c with the text and u without it, which is computed as a second sequence; 1: c alone.</param>
    /// <param name="before">Codes [frames, books] of the first frames, which are given.</param>
    public FrameGeneration(SynthesisModel model, InferenceOps ops, FrameInput input, double temperature, ulong seed, double guidance = 1, ReadOnlySpan<int> before = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        (_model, _ops, _seed, _guidance) = (model, ops, seed, (float)guidance);
        _inputs = guidance == 1 ? [input] : [input, input.WithoutText(model.Config.UnknownPhone)];
        _state = new SequenceState(_inputs.Length, Math.Max(1, input.Rows));
        _filter = temperature > 0 ? new SamplingFilter(new GenerationOptions { MaxNewTokens = 1, Temperature = temperature, Seed = seed }) : null;
        _codes = new int[model.Config.Books];
        Array.Fill(_codes, -1);
        try
        {
            Prefill(before);
        }
        catch // cancelled
        {
            _state.Dispose();
            throw;
        }
    }

    /// <summary>Number of frames that are left.</summary>
    public int Left => _inputs[0].Rows - _row;

    /// <summary>The codes [frames, books] of the next frames, at most <paramref name="count"/>.</summary>
    public int[] Next(int count)
    {
        var books = _codes.Length;
        var made = new int[Math.Min(count, Left) * books];
        for (var at = 0; at < made.Length; at += books, _row++)
        {
            var hidden = Hidden(1, _codes);
            Array.Fill(_codes, -1);
            for (var book = 0; book < books; book++)
            {
                var logits = Logits(hidden, book);
                _codes[book] = _filter is null ? Greedy.Choose(logits, 0) : SamplingFilter.Draw(logits, _filter.Apply(logits), Philox.Uniform(_seed, book, _row));
            }

            _codes.CopyTo(made.AsSpan(at));
        }

        return made;
    }

    public void Dispose() => _state.Dispose();

    private void Prefill(ReadOnlySpan<int> before)
    {
        var books = _codes.Length;
        for (var frames = before.Length / books; _row < frames;)
        {
            var count = Math.Min(PrefillRows, frames - _row);
            Hidden(count, [.. _codes, .. before.Slice(_row * books, (count - 1) * books)]);
            _row += count;
            before.Slice((_row - 1) * books, books).CopyTo(_codes);
        }
    }

    private Matrix Hidden(int count, ReadOnlySpan<int> previous)
    {
        _ops.Reset();
        if (_inputs.Length == 1) return _model.Hidden(_ops, _inputs[0].Part(_row, count, previous), Layout.Continuing([count], [_row]), _state);
        var parts = new List<FrameInput>(_inputs.Length);
        foreach (var input in _inputs) parts.Add(input.Part(_row, count, previous));
        return _model.Hidden(_ops, FrameInput.Join(parts), Layout.Continuing([count, count], [_row, _row]), _state);
    }

    private Span<float> Logits(Matrix hidden, int book)
    {
        if (_inputs.Length == 1) return _model.Logits(_ops, hidden, book, _codes).Row(0);
        var both = _model.Logits(_ops, hidden, book, [.. _codes, .. _codes]);
        var logits = both.Row(0);
        var without = both.Row(1);
        for (var i = 0; i < logits.Length; i++) logits[i] = without[i] + _guidance * (logits[i] - without[i]);
        return logits;
    }
}
