using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference;

/// <summary>
/// Continues prompts token by token, greedily unless another <see cref="ITokenChooser"/> is given. Prompts of different lengths are
/// decoded as one batch; each gives what it gives alone.
/// </summary>
public sealed class TokenGenerator
{
    private readonly Qwen2Model _model;
    private readonly InferenceOps _ops;

    /// <summary>Generates with <paramref name="model"/>; the operators stay the caller's.</summary>
    public TokenGenerator(Qwen2Model model, InferenceOps ops)
    {
        _model = model;
        _ops = ops;
    }

    /// <summary>Continues prompts of token ids.</summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenChooser? chooser = null, CancellationToken cancellation = default)
    {
        if (prompts.Count == 0) return [];
        _ops.Reset();
        int[] ids = [.. prompts.SelectMany(prompt => prompt)];
        int[] lengths = [.. prompts.Select(prompt => prompt.Length)];
        return Generate(_model.Embed(_ops, ids), Layout.Of(lengths), options, chooser, cancellation);
    }

    /// <summary>
    /// Continues prompts that are rows of the decoder's width already (with audio in them), laid out by <paramref name="rows"/>:
    /// sequence i in slot i, from position 0. The rows are lost.
    /// </summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        Matrix x, Layout rows, GenerationOptions options, ITokenChooser? chooser = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxNewTokens);
        var config = _model.Config;
        foreach (var token in options.SuppressedTokens.Concat(options.EndTokens))
        {
            if (token < 0 || token >= config.VocabSize)
                throw new ArgumentException($"Token {token} is none of the vocabulary's {config.VocabSize}.", nameof(options));
        }

        var made = new Sequence[rows.Sequences];
        for (var i = 0; i < made.Length; i++) made[i] = new Sequence(i);
        if (made.Length == 0 || options.MaxNewTokens == 0) return [.. made.Select(sequence => sequence.Result)];

        var longest = 0;
        for (var s = 0; s < rows.Sequences; s++) longest = Math.Max(longest, rows.Length(s));
        using var cache = new KvCache(
            rows.Sequences, config.NumHiddenLayers, longest + options.MaxNewTokens, config.NumKeyValueHeads * config.HeadDim);
        var session = new DecodingSession(_model, _ops, cache);
        Run(session, session.Prefill(x, rows), made, options, chooser ?? new GreedyChooser(), cancellation);
        return [.. made.Select(sequence => sequence.Result)];
    }

    private static void Run(
        DecodingSession session, Matrix logits, Sequence[] made, GenerationOptions options, ITokenChooser chooser, CancellationToken cancellation)
    {
        var active = made.ToList();
        var tokens = new int[active.Count];
        var places = new List<int>(active.Count);
        for (var step = 1; ; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            places.Clear();
            for (var i = 0; i < active.Count; i++)
            {
                if (!active[i].Add(logits.Row(i), options, chooser)) continue;
                tokens[places.Count] = active[i].Last;
                places.Add(i);
            }

            if (places.Count == 0 || step == options.MaxNewTokens) return;
            if (places.Count < active.Count)
            {
                session.Keep(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(places));
                active = [.. places.Select(place => active[place])];
            }

            logits = session.Step(tokens.AsSpan(0, active.Count));
        }
    }

    private sealed class Sequence(int index)
    {
        private readonly List<int> _tokens = [];
        private readonly List<float> _logProbabilities = [];
        private int? _end;
        private float _endLogProbability;

        public int Last => _tokens[^1];

        public GeneratedSequence Result => new(_tokens, _logProbabilities, _end, _endLogProbability);

        /// <summary>Adds the next token; false when it ends the sequence.</summary>
        public bool Add(Span<float> logits, GenerationOptions options, ITokenChooser chooser)
        {
            for (var i = 0; i < options.SuppressedTokens.Count; i++) logits[options.SuppressedTokens[i]] = float.NegativeInfinity;
            var sum = LogSumExp(logits);
            var token = chooser.Choose(logits, index);
            var logProbability = (float)(logits[token] - sum);
            if (options.EndTokens.Contains(token))
            {
                _end = token;
                _endLogProbability = logProbability;
                return false;
            }

            _tokens.Add(token);
            _logProbabilities.Add(logProbability);
            return true;
        }

        private static double LogSumExp(ReadOnlySpan<float> logits)
        {
            var max = float.NegativeInfinity;
            foreach (var logit in logits) max = MathF.Max(max, logit);
            var sum = 0.0;
            foreach (var logit in logits) sum += MathF.Exp(logit - max);
            return max + Math.Log(sum);
        }
    }
}
