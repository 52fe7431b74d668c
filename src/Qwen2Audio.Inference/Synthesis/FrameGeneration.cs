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
    private readonly (FrameInput Input, float Weight)[] _inputs; // the frames, then, with guidance, those without text and those of the unknown voice; weights of their logits
    private readonly SequenceState _state;
    private readonly SamplingFilter? _filter;
    private readonly ulong _seed;
    private readonly int[] _codes; // of the frame before
    private int _row;

    /// <summary>Begins a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ops">The operators; every frame begins with a <see cref="InferenceOps.Reset"/>.</param>
    /// <param name="input">Its frames.</param>
    /// <param name="temperature">Temperature of the draws; 0: the most probable codes.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="guidance">
    /// Classifier-free guidance (arXiv 2207.12598) by text and by voice, as in arXiv 2211.09800: logits = c + (text − 1) · (c − u) + (voice − 1) · (c − v), c with text and voice, u without the text, v with the unknown
    /// voice. Each is computed as a sequence of its own; 1: not at all.
    /// </param>
    /// <param name="before">Codes [frames, books] of the first frames, which are given.</param>
    public FrameGeneration(SynthesisModel model, InferenceOps ops, FrameInput input, double temperature, ulong seed, (double Text, double Voice)? guidance = null, ReadOnlySpan<int> before = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        (_model, _ops, _seed) = (model, ops, seed);
        var (text, voice) = guidance ?? (1, 1);
        List<(FrameInput, float)> inputs = [(input, (float)(text + voice - 1))];
        if (text != 1) inputs.Add((input.WithoutText(model.Config.UnknownPhone), (float)(1 - text)));
        if (voice != 1) inputs.Add((input.WithoutVoice(model.Config.UnknownVoice), (float)(1 - voice)));
        _inputs = [.. inputs];
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
    public int Left => _inputs[0].Input.Rows - _row;

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
        var parts = new FrameInput[_inputs.Length];
        for (var i = 0; i < parts.Length; i++) parts[i] = _inputs[i].Input.Part(_row, count, previous);
        int[] counts = [.. parts.Select(_ => count)], rows = [.. parts.Select(_ => _row)];
        return _model.Hidden(_ops, parts.Length == 1 ? parts[0] : FrameInput.Join(parts), Layout.Continuing(counts, rows), _state);
    }

    private Span<float> Logits(Matrix hidden, int book)
    {
        var all = _model.Logits(_ops, hidden, book, [.. _inputs.SelectMany(_ => _codes)]);
        var logits = all.Row(0);
        if (_inputs.Length == 1) return logits;
        for (var row = 0; row < _inputs.Length; row++)
        {
            var weight = _inputs[row].Weight;
            var own = all.Row(row);
            for (var i = 0; i < logits.Length; i++) logits[i] = row == 0 ? weight * own[i] : logits[i] + weight * own[i];
        }

        return logits;
    }
}
