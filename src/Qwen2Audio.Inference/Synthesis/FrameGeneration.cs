using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Sampling;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Inference.Synthesis;

/// <summary>
/// Makes the codes of a text frame by frame, with a key/value cache. The codes depend on the frames, the seed and the temperature, not on the pieces in which they are made. The caller needs exclusive use of the
/// operators during each call.
/// </summary>
public sealed class FrameGeneration : IDisposable
{
    private static readonly GreedySampler Greedy = new();
    private readonly SynthesisModel _model;
    private readonly InferenceOps _ops;
    private readonly FrameInput _input;
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
    public FrameGeneration(SynthesisModel model, InferenceOps ops, FrameInput input, double temperature, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        (_model, _ops, _input, _seed) = (model, ops, input, seed);
        _state = new SequenceState(1, Math.Max(1, input.Rows));
        _filter = temperature > 0 ? new SamplingFilter(new GenerationOptions { MaxNewTokens = 1, Temperature = temperature, Seed = seed }) : null;
        _codes = new int[model.Config.Books];
        Array.Fill(_codes, -1);
    }

    /// <summary>Number of frames that are left.</summary>
    public int Left => _input.Rows - _row;

    /// <summary>The codes [frames, books] of the next frames, at most <paramref name="count"/>.</summary>
    public int[] Next(int count)
    {
        var books = _codes.Length;
        var made = new int[Math.Min(count, Left) * books];
        for (var at = 0; at < made.Length; at += books, _row++)
        {
            _ops.Reset();
            var hidden = _model.Hidden(_ops, _input.Frame(_row, _codes), Layout.Continuing([1], [_row]), _state);
            Array.Fill(_codes, -1);
            for (var book = 0; book < books; book++)
            {
                var logits = _model.Logits(_ops, hidden, book, _codes).Row(0);
                _codes[book] = _filter is null ? Greedy.Choose(logits, 0) : SamplingFilter.Draw(logits, _filter.Apply(logits), Philox.Uniform(_seed, book, _row));
            }

            _codes.CopyTo(made.AsSpan(at));
        }

        return made;
    }

    public void Dispose() => _state.Dispose();
}
