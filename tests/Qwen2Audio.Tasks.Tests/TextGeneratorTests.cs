using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Tasks.Generation;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Text that a model of random weights makes: as it comes, with stop strings, and why it ends.</summary>
public sealed class TextGeneratorTests : IDisposable
{
    private static readonly GenerationOptions Tokens = new() { MaxNewTokens = 24, Sample = true, Seed = 6, SuppressedTokens = [0, 2, 3, 4, 5, 6, 7, 8] };
    private static readonly int[][] Prompts = [TinyText.Ids("one two"), TinyText.Ids("a"), TinyText.Ids("more than one")];
    private readonly TinyModel _folder = new();
    private readonly LoadedModel _model;
    private readonly WorkerPool _pool = new(2);
    private readonly InferenceOps _ops;
    private readonly TextGenerator _generator;

    public TextGeneratorTests()
    {
        _model = LoadedModel.Open(_folder.Folder);
        _ops = new InferenceOps(_pool);
        _generator = new TextGenerator(new Qwen2Decoder(_model.Decoder), _ops, TinyText.Tokenizer);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void TextComesInPiecesAndEndsByLength()
    {
        using var run = _generator.Start(Prompts, new TextGenerationOptions { Tokens = Tokens });
        var pieces = run.Read(TestContext.Current.CancellationToken).ToList();
        var whole = _generator.Generate(Prompts, new TextGenerationOptions { Tokens = Tokens }, TestContext.Current.CancellationToken);
        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(TinyText.Tokenizer.Decode([.. whole[i].Tokens.Tokens]), whole[i].Text);
            Assert.Equal(whole[i].Text, string.Concat(pieces.Where(piece => piece.Sequence == i).Select(piece => piece.Text)));
            Assert.Equal(whole[i].Text, run.Results[i].Text);
            Assert.Equal(FinishReason.Length, whole[i].Ended);
            Assert.All(whole[i].Tokens.Tokens, token => Assert.InRange(token, 0, TinyText.Tokenizer.Size - 1));
        }

        Assert.True(pieces.Count(piece => piece.Sequence == 0) > 10);
        Assert.All(pieces, piece => Assert.NotEqual("", piece.Text));
    }

    [Fact]
    public void AStopStringAcrossTokensEndsTheText()
    {
        var free = _generator.Generate(Prompts, new TextGenerationOptions { Tokens = Tokens }, TestContext.Current.CancellationToken);
        var text = free[0].Text;
        for (var at = 3; at < 16; at++)
        {
            var stop = text.Substring(at, 4);
            var options = new TextGenerationOptions { Tokens = Tokens, StopStrings = ["never", stop] };
            using var run = _generator.Start(Prompts, options);
            var pieces = run.Read(TestContext.Current.CancellationToken).ToList();
            for (var i = 0; i < Prompts.Length; i++)
            {
                var place = free[i].Text.IndexOf(stop, StringComparison.Ordinal);
                var expected = place < 0 ? free[i].Text : free[i].Text[..place];
                Assert.Equal(expected, run.Results[i].Text);
                Assert.Equal(expected, string.Concat(pieces.Where(piece => piece.Sequence == i).Select(piece => piece.Text)));
                Assert.Equal(place < 0 ? FinishReason.Length : FinishReason.Stopped, run.Results[i].Ended);
                Assert.Equal(place < 0 ? null : stop, run.Results[i].StopString);
                Assert.True(place < 0 || TinyText.Tokenizer.Decode([.. run.Results[i].Tokens.Tokens]).Length < expected.Length + stop.Length + 4);
            }
        }
    }

    [Fact]
    public void AnEndTokenEndsTheText()
    {
        var end = _generator.Generate(Prompts, new TextGenerationOptions { Tokens = Tokens }, TestContext.Current.CancellationToken)[1].Tokens.Tokens[6];
        var ended = _generator.Generate(Prompts, new TextGenerationOptions { Tokens = Tokens with { EndTokens = [end] } }, TestContext.Current.CancellationToken)[1];
        Assert.Equal(FinishReason.EndToken, ended.Ended);
        Assert.Equal(end, ended.Tokens.EndToken);
        Assert.Equal(TinyText.Tokenizer.Decode([.. ended.Tokens.Tokens]), ended.Text);
        Assert.InRange(ended.Tokens.Tokens.Count, 0, 6);
    }

    [Fact]
    public void CancellationKeepsWhatWasMade()
    {
        using var source = new CancellationTokenSource();
        var whole = _generator.Generate(Prompts, new TextGenerationOptions { Tokens = Tokens }, TestContext.Current.CancellationToken);
        using var run = _generator.Start(Prompts, new TextGenerationOptions { Tokens = Tokens, StopStrings = [whole[0].Text + "…"] });
        var handed = "";
        var tokens = 0;
        foreach (var piece in run.Read(source.Token))
        {
            if (piece.Sequence == 0) handed += piece.Text; // held back until the end: it may become the stop string
            if (tokens++ == 5) source.Cancel();
        }

        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(FinishReason.Cancelled, run.Results[i].Ended);
            Assert.StartsWith(run.Results[i].Text, whole[i].Text, StringComparison.Ordinal);
            Assert.Equal(TinyText.Tokenizer.Decode([.. run.Results[i].Tokens.Tokens]), run.Results[i].Text);
        }

        Assert.Equal(run.Results[0].Text, handed);
        Assert.InRange(run.Results[0].Tokens.Tokens.Count, 1, Tokens.MaxNewTokens - 1);
    }

    [Fact]
    public void RowsAndBeamsGiveTextToo()
    {
        var options = new TextGenerationOptions { Tokens = new GenerationOptions { MaxNewTokens = 8, Beams = 3, RepetitionPenalty = 1.3 } };
        var beams = _generator.Generate(Prompts, options, TestContext.Current.CancellationToken);
        _ops.Reset();
        var x = _model.Decoder.Embed(_ops, [.. Prompts.SelectMany(prompt => prompt)]);
        var rows = _generator.Generate(x, Layout.Of([.. Prompts.Select(prompt => prompt.Length)]), Prompts, options, TestContext.Current.CancellationToken);
        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(beams[i].Text, rows[i].Text);
            Assert.Equal(TinyText.Tokenizer.Decode([.. beams[i].Tokens.Tokens]), beams[i].Text);
        }

        Assert.Throws<ArgumentException>(() => _generator.Generate(Prompts, options with { StopStrings = ["x"] }));
        Assert.Throws<ArgumentException>(() => _generator.Start(Prompts, options));
        Assert.Throws<ArgumentException>(() => _generator.Start(Prompts, new TextGenerationOptions { Tokens = Tokens, StopStrings = [""] }));
    }
}
