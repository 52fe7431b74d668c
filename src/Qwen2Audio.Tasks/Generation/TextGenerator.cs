using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>Generates text from prompts, with stop strings, whole or streamed.</summary>
internal sealed class TextGenerator
{
    private readonly int _vocabulary;
    private readonly TokenGenerator _generator;
    private readonly BytePairTokenizer _tokenizer;
    private readonly int[] _gaps;

    /// <summary>Generates with a decoder and its tokenizer. The caller keeps the operators.</summary>
    public TextGenerator(IDecoder decoder, InferenceOps ops, BytePairTokenizer tokenizer)
    {
        (_vocabulary, _tokenizer) = (decoder.Shape.Vocabulary, tokenizer);
        _generator = new TokenGenerator(decoder, ops);
        _gaps = [.. tokenizer.UnusedIds(Math.Min(tokenizer.Size, _vocabulary))];
    }

    /// <summary>Continues prompts of token ids.</summary>
    /// <exception cref="ArgumentException">Options are out of range, or a prompt or stop string is empty.</exception>
    public IReadOnlyList<GeneratedText> Generate(
        IReadOnlyList<int[]> prompts, TextGenerationOptions options, CancellationToken cancellation = default)
    {
        if (options.Tokens.Beams > 1)
            return Decode(_generator.Generate(prompts, ForBeams(options), cancellation: cancellation), options.ShowControls);
        using var run = Start(prompts, options);
        return run.Finish(cancellation);
    }

    /// <summary>Continues prompts given as rows (for example with audio); <paramref name="ids"/> are the ids that the rows stand for.</summary>
    /// <exception cref="ArgumentException">Options are out of range, or a prompt or stop string is empty.</exception>
    public IReadOnlyList<GeneratedText> Generate(
        Matrix x, Layout rows, IReadOnlyList<int[]> ids, TextGenerationOptions options, CancellationToken cancellation = default)
    {
        if (options.Tokens.Beams > 1)
            return Decode(_generator.Generate(x, rows, ForBeams(options), ids, cancellation: cancellation), options.ShowControls);
        using var run = Start(x, rows, ids, options);
        return run.Finish(cancellation);
    }

    /// <summary>Starts streaming from prompts of token ids.</summary>
    /// <exception cref="ArgumentException">Options are out of range or use beam search, or a prompt or stop string is empty.</exception>
    public TextRun Start(IReadOnlyList<int[]> prompts, TextGenerationOptions options)
    {
        var stops = new StopStrings(options.StopStrings);
        return new TextRun(_generator.Start(prompts, InUse(options)), prompts.Count, _tokenizer, stops, options.ShowControls);
    }

    /// <summary>Starts streaming from prompts given as rows, which must stay valid until the first step.</summary>
    /// <exception cref="ArgumentException">Options are out of range or use beam search, or a prompt or stop string is empty.</exception>
    public TextRun Start(Matrix x, Layout rows, IReadOnlyList<int[]> ids, TextGenerationOptions options, ITokenSampler? sampler = null)
    {
        var stops = new StopStrings(options.StopStrings);
        return new TextRun(_generator.Start(x, rows, InUse(options), ids, sampler), rows.Sequences, _tokenizer, stops, options.ShowControls);
    }

    /// <summary>Starts streaming from prompts whose rows are created at the first step; until then others may use the operators.</summary>
    internal TextRun Start(Func<Matrix> embed, Layout rows, IReadOnlyList<int[]> ids, TextGenerationOptions options, ITokenSampler? sampler = null)
    {
        var stops = new StopStrings(options.StopStrings);
        return new TextRun(_generator.Start(embed, rows, InUse(options), ids, sampler), rows.Sequences, _tokenizer, stops, options.ShowControls);
    }

    /// <summary>The options, with ids that the tokenizer does not have excluded, since they cannot be decoded.</summary>
    private GenerationOptions InUse(TextGenerationOptions options) => options.Tokens with
    {
        VocabularyInUse = options.Tokens.VocabularyInUse ?? Math.Min(_tokenizer.Size, _vocabulary),
        SuppressedTokens = _gaps.Length == 0 ? options.Tokens.SuppressedTokens : [.. options.Tokens.SuppressedTokens, .. _gaps],
    };

    private GenerationOptions ForBeams(TextGenerationOptions options) => options.StopStrings.Count == 0 ? InUse(options)
        : throw new ArgumentException($"{options.StopStrings.Count} stop strings with {options.Tokens.Beams} beams; allowed: none.", nameof(options));

    private GeneratedText[] Decode(IReadOnlyList<GeneratedSequence> sequences, bool showControls) =>
    [
        .. sequences.Select(sequence => new GeneratedText(_tokenizer.Decode([.. sequence.Tokens], showControls), sequence.Ended, null, sequence)),
    ];
}
