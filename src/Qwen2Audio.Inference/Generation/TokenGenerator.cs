using Qwen2Audio.Inference.Generation.Beams;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Generates tokens as <see cref="GenerationOptions"/> says: greedily, by sampling, by beam search, or with another
/// <see cref="ITokenSampler"/>. Prompts of different lengths are decoded as one batch; each gives the result that it gives alone.
/// </summary>
/// <remarks>
/// A cancelled call ends between two tokens and returns the tokens so far, marked <see cref="FinishReason.Cancelled"/>. Options out of
/// range, empty prompts, and options that need the ids of prompts given as rows only, throw <see cref="ArgumentException"/>.
/// </remarks>
public sealed class TokenGenerator
{
    private readonly IDecoder _decoder;
    private readonly InferenceOps _ops;

    /// <summary>Generates with <paramref name="decoder"/>. The caller keeps the operators.</summary>
    public TokenGenerator(IDecoder decoder, InferenceOps ops)
    {
        _decoder = decoder;
        _ops = ops;
    }

    /// <summary>Continues prompts of token ids.</summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenSampler? sampler = null, CancellationToken cancellation = default) =>
        Generate(Prompts.Of(prompts), options, sampler, cancellation);

    /// <summary>
    /// Continues prompts given as rows of the decoder's width (for example with audio), laid out by <paramref name="rows"/>:
    /// sequence i in slot i, from position 0. The rows are overwritten. <paramref name="ids"/> are the ids that the rows stand for, for
    /// options that depend on earlier ids.
    /// </summary>
    public IReadOnlyList<GeneratedSequence> Generate(
        Matrix x, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenSampler? sampler = null,
        CancellationToken cancellation = default) => Generate(Prompts.Of(x, rows, ids), options, sampler, cancellation);

    /// <summary>Starts a step-by-step run of prompts given as token ids.</summary>
    public GenerationRun Start(IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenSampler? sampler = null) =>
        new(_decoder, _ops, Prompts.Of(prompts), options, sampler);

    /// <summary>Starts a step-by-step run of prompts given as rows, which must stay valid until the first step.</summary>
    public GenerationRun Start(
        Matrix x, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenSampler? sampler = null) =>
        new(_decoder, _ops, Prompts.Of(x, rows, ids), options, sampler);

    /// <summary>Starts a step-by-step run of prompts whose rows are created at the first step; until then others may use the operators.</summary>
    public GenerationRun Start(
        Func<Matrix> embed, Layout rows, GenerationOptions options, IReadOnlyList<int[]>? ids = null, ITokenSampler? sampler = null) =>
        new(_decoder, _ops, Prompts.Of(embed, rows, ids), options, sampler);

    /// <summary>
    /// Starts a run without prompts; add them with <see cref="GenerationRun.Add"/>. It holds up to <paramref name="slots"/> sequences
    /// at a time, each of up to <paramref name="capacity"/> rows, new tokens included.
    /// </summary>
    public GenerationRun Open(int slots, int capacity, GenerationOptions options, ITokenSampler? sampler = null) =>
        new(_decoder, _ops, slots, capacity, options, sampler);

    /// <summary>Streams the tokens of prompts, end tokens included, until all have ended or the call is cancelled.</summary>
    public IEnumerable<GeneratedToken> Stream(
        IReadOnlyList<int[]> prompts, GenerationOptions options, ITokenSampler? sampler = null, CancellationToken cancellation = default) =>
        Read(Start(prompts, options, sampler), cancellation);

    private static IEnumerable<GeneratedToken> Read(GenerationRun run, CancellationToken cancellation)
    {
        using (run)
        {
            while (run.Next(cancellation))
                for (var i = 0; i < run.Tokens.Length; i++) yield return run.Tokens[i];
        }
    }

    private IReadOnlyList<GeneratedSequence> Generate(
        Prompts prompts, GenerationOptions options, ITokenSampler? sampler, CancellationToken cancellation)
    {
        if (options.Beams > 1)
        {
            prompts.Check(options, _decoder.Shape.Vocabulary);
            if (sampler is not null) throw new ArgumentException("Beam search chooses its own tokens; allowed: no sampler.", nameof(sampler));
            return BeamSearch.Run(_decoder, _ops, prompts, options, cancellation);
        }

        using var run = new GenerationRun(_decoder, _ops, prompts, options, sampler);
        while (run.Next(cancellation)) { }
        return run.Results;
    }
}
