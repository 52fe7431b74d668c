using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Extensions.Tests;

public sealed class Qwen2AudioTextToSpeechClientTests : IDisposable
{
    private const string Text = "One, two. A 😀 two one one.";
    private readonly TinySpeaker _speaker = new();
    private readonly Qwen2AudioTextToSpeechClient _client;

    public Qwen2AudioTextToSpeechClientTests() => _client = new(Synthesizer.Load(_speaker.Folder, options: new ModelLoadOptions { Threads = 1 }), ownsSynthesizer: true, "tiny");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "audio/wav")]
    [InlineData("flac", "audio/flac")]
    [InlineData("audio/x-wav", "audio/wav")]
    [InlineData("PCM", "audio/pcm")]
    public async Task The_stream_has_the_samples_of_the_whole(string? format, string mediaType)
    {
        var options = new TextToSpeechOptions { AudioFormat = format, VoiceId = "bea", Language = "en-US", AdditionalProperties = new() { ["seed"] = 3, ["temperature"] = 0.5 } };
        var whole = await _client.GetAudioAsync(Text, options, Cancellation);
        var file = Assert.IsType<DataContent>(Assert.Single(whole.Contents));
        Assert.Equal((mediaType, "tiny"), (file.MediaType, whole.ModelId));
        var updates = await _client.GetStreamingAudioAsync(Text, options, Cancellation).ToListAsync(Cancellation);
        Assert.True(updates.Count > 3);
        Assert.Equal(TextToSpeechResponseUpdateKind.SessionClose, updates[^1].Kind);
        Assert.All(updates.SelectMany(update => update.Contents).Cast<DataContent>(), data => Assert.Equal(mediaType, data.MediaType));
        byte[] streamed = [.. updates.SelectMany(update => update.Contents).Cast<DataContent>().SelectMany(data => data.Data.ToArray())];
        if (mediaType == "audio/pcm") Assert.Equal(file.Data.ToArray(), streamed);
        else Assert.Equal(AudioFile.Read(new MemoryStream(file.Data.ToArray())).Samples, AudioFile.Read(new MemoryStream(streamed)).Samples);
        foreach (var properties in new[] { whole.AdditionalProperties!, updates[^1].AdditionalProperties! })
        {
            Assert.Equal(8000, properties["sample_rate"]);
            Assert.Contains((string[])properties["warnings"]!, warning => warning.Contains("😀", StringComparison.Ordinal) && warning.Contains("(character 13)", StringComparison.Ordinal));
        }

        foreach (var other in new TextToSpeechOptions[] { new() { VoiceId = "ann" }, new() { VoiceId = "bea", AdditionalProperties = new() { ["seed"] = 3, ["temperature"] = 0.5, ["guidance"] = 2.5 } } })
        {
            other.AudioFormat = format;
            Assert.NotEqual(file.Data.ToArray(), Assert.IsType<DataContent>((await _client.GetAudioAsync(Text, other, Cancellation)).Contents[0]).Data.ToArray());
        }
    }

    [Fact]
    public async Task What_is_not_supported_is_refused()
    {
        foreach (var options in new TextToSpeechOptions[]
        {
            new() { AudioFormat = "mp3" }, new() { Language = "de" }, new() { Pitch = 2 }, new() { Volume = 0.5f }, new() { ModelId = "other" },
            new() { AdditionalProperties = new() { ["style"] = "sad" } }, new() { RawRepresentationFactory = _ => null },
        }) await Assert.ThrowsAsync<NotSupportedException>(() => _client.GetAudioAsync("one", options, Cancellation));
        foreach (var options in new TextToSpeechOptions[] { new() { VoiceId = "cat" }, new() { Speed = 9 }, new() { AdditionalProperties = new() { ["seed"] = -1 } }, new() { AdditionalProperties = new() { ["temperature"] = "hot" } }, new() { AdditionalProperties = new() { ["guidance"] = 11 } } })
            await Assert.ThrowsAsync<OptionException>(() => _client.GetAudioAsync("one", options, Cancellation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAudioAsync("one", null, new CancellationToken(canceled: true)));
        Assert.NotNull(_client.GetService(typeof(Synthesizer)));
        Assert.Equal("tiny", Assert.IsType<TextToSpeechClientMetadata>(_client.GetService(typeof(TextToSpeechClientMetadata))).DefaultModelId);
    }

    /// <summary>A double that may already be another number than the caller's is refused.</summary>
    [Fact]
    public async Task A_seed_is_taken_as_it_is()
    {
        async Task<byte[]> Spoken(object seed) => Assert.IsType<DataContent>((await _client.GetAudioAsync("one two", new() { AdditionalProperties = new() { ["seed"] = seed } }, Cancellation)).Contents[0]).Data.ToArray();
        Assert.Equal(await Spoken(7), await Spoken(7.0));
        Assert.NotEqual(await Spoken((1L << 53) + 1), await Spoken(1L << 53));
        Assert.NotEqual(await Spoken(ulong.MaxValue), await Spoken(long.MaxValue));
        foreach (var wrong in new object[] { -1L, 0.5, double.NaN, 1e300, "7" }) await Assert.ThrowsAsync<OptionException>(() => Spoken(wrong));
    }

    [Fact]
    public async Task It_speaks_like_a_recording()
    {
        using var speaker = new TinySpeaker(takesRecordings: true);
        using var client = new Qwen2AudioTextToSpeechClient(Synthesizer.Load(speaker.Folder, options: new ModelLoadOptions { Threads = 1 }), ownsSynthesizer: true);
        var synthesizer = Assert.IsType<Synthesizer>(client.GetService(typeof(Synthesizer)));
        var voice = synthesizer.EmbedSpeaker(new AudioClip([.. Enumerable.Range(0, 20_000).Select(i => 0.3f * MathF.Sin(0.1f * i))], 8000, 1, []));
        var options = new TextToSpeechOptions { AudioFormat = "pcm", AdditionalProperties = new() { ["voice_from"] = voice } };
        var spoken = Assert.IsType<DataContent>((await client.GetAudioAsync("one two", options, Cancellation)).Contents[0]).Data.ToArray();
        Assert.Equal(2 * synthesizer.Speak("one two", new SynthesisOptions { VoiceFrom = voice }).Sum(piece => piece.Samples.Length), spoken.Length);
        Assert.NotEqual(spoken, Assert.IsType<DataContent>((await client.GetAudioAsync("one two", new() { AudioFormat = "pcm" }, Cancellation)).Contents[0]).Data.ToArray());
        options.AdditionalProperties["voice_from"] = "me.wav";
        await Assert.ThrowsAsync<OptionException>(() => client.GetAudioAsync("one", options, Cancellation));
    }

    [Fact]
    public async Task One_call_registers_it()
    {
        await using var services = new ServiceCollection().AddQwen2Audio(voiceFolder: _speaker.Folder).BuildServiceProvider();
        var client = services.GetRequiredService<ITextToSpeechClient>();
        Assert.Equal(Path.GetFileName(_speaker.Folder), (await client.GetAudioAsync("one", cancellationToken: Cancellation)).ModelId);
    }

    [Fact]
    public async Task Without_a_folder_the_shipped_model_hears_what_it_says()
    {
        await using var services = new ServiceCollection().AddQwen2Audio().BuildServiceProvider();
        var said = Assert.IsType<DataContent>((await services.GetRequiredService<ITextToSpeechClient>().GetAudioAsync("There was no answer from the other side.", cancellationToken: Cancellation)).Contents[0]);
        var heard = await services.GetRequiredService<ISpeechToTextClient>().GetTextAsync(new MemoryStream(said.Data.ToArray()), cancellationToken: Cancellation);
        Assert.Contains("no answer", heard.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_folder_that_hears_and_speaks_is_loaded_once()
    {
        await using var services = new ServiceCollection().AddQwen2Audio(_speaker.Folder, voiceFolder: _speaker.Folder + "/", options: new TaskOptions { Model = new ModelLoadOptions { Threads = 1 } }).BuildServiceProvider();
        var (voice, own) = (services.GetRequiredService<ITextToSpeechClient>(), Assert.IsType<Synthesizer>(_client.GetService(typeof(Synthesizer))));
        var heard = services.GetRequiredService<ISpeechToTextClient>().GetService<LoadedTranscriber>()!.SpeechModel!;
        var said = Assert.IsType<DataContent>((await voice.GetAudioAsync(Text, new() { AudioFormat = "pcm" }, Cancellation)).Contents[0]).Data.ToArray();
        Assert.Equal(Assert.IsType<DataContent>((await _client.GetAudioAsync(Text, new() { AudioFormat = "pcm" }, Cancellation)).Contents[0]).Data.ToArray(), said);
        heard.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => voice.GetAudioAsync(Text, cancellationToken: Cancellation)); // it spoke with the weights of the other
        Assert.NotEmpty(own.Speak("one"));
    }

    public void Dispose()
    {
        _client.Dispose();
        _speaker.Dispose();
    }
}
