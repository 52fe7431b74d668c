using Qwen2Audio.Tasks.Synthesis;

namespace Qwen2Audio.Tasks.Tests;

public sealed class ContinuerTests : IDisposable
{
    private readonly TinyModel _model = new(seed: 4, books: 2);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void What_was_given_stays_and_frames_follow()
    {
        using var continuer = Load();
        var before = Tokens(continuer, seconds: 1);
        var made = continuer.Continue(before, new ContinuationOptions { Seconds = 0.5 });
        Assert.Equal(before.Frames + Added(continuer, 0.5), made.Frames);
        Assert.Equal(before.Codes, made.Codes.Take(before.Codes.Count));
        Assert.Equal(made.Frames * before.Header.SamplesPerFrame, made.Samples);
        Assert.Equal(made.Samples, continuer.Tokenizer.Decode(made).Frames);
        Assert.Empty(made.Warnings);
    }

    [Fact]
    public void Seed_voice_and_what_came_before_change_what_follows()
    {
        using var continuer = Load();
        var (before, other) = (Tokens(continuer, 1), Tokens(continuer, 1, hertz: 900));
        List<int> Made(AudioTokens tokens, ContinuationOptions options) => [.. continuer.Continue(tokens, options with { Seconds = 0.5, Temperature = 1 }).Codes.Skip(before.Codes.Count)];
        var plain = new ContinuationOptions();
        Assert.Equal(Made(before, plain), Made(before, plain));
        Assert.NotEqual(Made(before, plain), Made(before, plain with { Seed = 1 }));
        Assert.NotEqual(Made(before, plain), Made(before, plain with { Voice = "bea" }));
        Assert.NotEqual(Made(before, plain), Made(other, plain));
    }

    [Fact]
    public void Without_a_temperature_it_is_the_models()
    {
        using var other = new TinyModel(seed: 4, books: 2, temperature: 1.5);
        using Continuer plain = Load(), hot = Continuer.Load(other.Folder, new ModelLoadOptions { Threads = 1 });
        IEnumerable<int> Made(Continuer continuer, double? temperature = null) => continuer.Continue(Tokens(continuer, 1), new ContinuationOptions { Temperature = temperature, Seconds = 0.5 }).Codes;
        Assert.Equal(Made(plain, 1.5), Made(hot));
        Assert.Equal(Made(plain), Made(hot, 0.7));
        Assert.NotEqual(Made(plain), Made(hot));
    }

    [Fact]
    public void More_codebooks_than_the_model_speaks_are_left_out_and_a_part_of_a_frame_too()
    {
        using var continuer = Load();
        var clip = Sounds.Tone(1.003);
        var (all, spoken) = (continuer.Tokenizer.Encode(clip), continuer.Tokenizer.Encode(clip, new AudioEncodingOptions { Codebooks = 2 }));
        var made = continuer.Continue(all, new ContinuationOptions { Seconds = 0.2 });
        Assert.Equal(2, made.Header.Codebooks);
        Assert.NotEqual(0, all.Samples % all.Header.SamplesPerFrame);
        Assert.Equal(spoken.Codes.SkipLast(2), made.Codes.Take(spoken.Codes.Count - 2));
        Assert.Equal(spoken.Frames - 1 + Added(continuer, 0.2), made.Frames);
    }

    [Fact]
    public void Only_the_end_of_long_audio_is_seen_and_a_warning_says_so()
    {
        using var continuer = Load();
        var made = continuer.Continue(Tokens(continuer, Continuer.ContextSeconds + 2), new ContinuationOptions { Seconds = 0.2 });
        Assert.Equal("context", Assert.Single(made.Warnings).Code);
        Assert.Equal(Continuer.ContextSeconds + 2.2, made.Seconds, 0.1);
    }

    [Fact]
    public void A_token_file_is_gone_on_from_like_its_audio()
    {
        using var continuer = Load();
        using var folder = new TemporaryFolder();
        var (before, file) = (Tokens(continuer, 1), folder["clip.tokens"]);
        continuer.Tokenizer.Save(before, file);
        Assert.Equal(continuer.Continue(before).Codes, continuer.Continue(continuer.Read(file)).Codes);
    }

    [Fact]
    public void What_cannot_be_gone_on_from_is_named()
    {
        using var continuer = Load();
        var before = Tokens(continuer, 1);
        string Fault(AudioTokens tokens, ContinuationOptions? options = null) => Assert.Throws<OptionException>(() => continuer.Continue(tokens, options)).Message;
        Assert.Contains("1 codebook", Fault(continuer.Tokenizer.Encode(Sounds.Tone(1), new AudioEncodingOptions { Codebooks = 1 })));
        Assert.Contains("codec", Fault(before with { Header = before.Header with { Model = new("other", "frame_codec", new string('0', 64)) } }));
        Assert.Contains("no frame", Fault(before with { Pieces = [], Samples = 0 }));
        Assert.Contains("Seconds", Fault(before, new ContinuationOptions { Seconds = 0 }));
        Assert.Contains("Temperature", Fault(before, new ContinuationOptions { Temperature = double.NaN }));
        Assert.Contains("ann, bea", Fault(before, new ContinuationOptions { Voice = "cat" }));
    }

    private Continuer Load() => Continuer.Load(_model.Folder, new ModelLoadOptions { Threads = 1 });

    private static AudioTokens Tokens(Continuer continuer, double seconds, double hertz = 300) =>
        continuer.Tokenizer.Encode(Sounds.Clip([.. Enumerable.Range(0, (int)(seconds * 8000)).Select(i => 0.3f * MathF.Sin((float)(2 * Math.PI * hertz * i / 8000)))], rate: 8000), new AudioEncodingOptions { Codebooks = 2 });

    private static int Added(Continuer continuer, double seconds) => (int)Math.Round(seconds * continuer.Tokenizer.Config.SamplingRate / continuer.Tokenizer.Config.SamplesPerFrame);
}
