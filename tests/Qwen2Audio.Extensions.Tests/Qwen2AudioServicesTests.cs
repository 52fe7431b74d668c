using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Extensions.Tests;

/// <summary>The models as clients of Microsoft.Extensions.AI, registered by one call.</summary>
public sealed class Qwen2AudioServicesTests : IDisposable
{
    private static readonly string Date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
    private readonly TinyChat _tiny = new();
    private readonly ServiceProvider _services;

    public Qwen2AudioServicesTests() => _services = new ServiceCollection()
        .AddQwen2Audio(Path.Combine(Fixtures.Repository, "models", "default"), _tiny.Folder).BuildServiceProvider();

    [Fact]
    public async Task Speech_becomes_text_with_the_transcription_behind_it()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        await using var stream = File.OpenRead(Date);
        var response = await client.GetTextAsync(stream, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("january twenty first nineteen seventy six", response.Text, ignoreCase: true);
        var transcription = Assert.IsType<Transcription>(response.RawRepresentation);
        Assert.Equal(6, transcription.Words.Count);
        Assert.NotNull(client.GetService<SpeechToTextClientMetadata>());
        await using var again = File.OpenRead(Date);
        var updates = await client.GetStreamingTextAsync(again, cancellationToken: TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(response.Text, string.Concat(updates.Select(update => update.Text)));
    }

    /// <summary>The shipped weights as a model that was trained for chunks recognise worse, but take every path.</summary>
    [Fact]
    public async Task A_model_trained_for_chunks_gives_texts_while_the_audio_arrives()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        var shipped = Path.Combine(Fixtures.Repository, "models", "default");
        foreach (var file in Directory.GetFiles(shipped)) File.Copy(file, folder[Path.GetFileName(file)]);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(folder["config.json"], token))!;
        json["audio_config"]!["chunk_rows"] = 12;
        json["audio_config"]!["left_chunks"] = 6;
        await File.WriteAllTextAsync(folder["config.json"], json.ToJsonString(), token);
        using var client = new Qwen2AudioSpeechToTextClient(LoadedTranscriber.Load(folder));
        var sound = await File.ReadAllBytesAsync(Date, token);
        await using (var stalled = new StalledStream(sound[..(sound.Length * 2 / 3)])) // its end never comes
        await using (var begun = client.GetStreamingTextAsync(stalled, cancellationToken: token).GetAsyncEnumerator(token))
        {
            Assert.True(await begun.MoveNextAsync());
            Assert.Equal((SpeechToTextResponseUpdateKind.TextUpdating, ""), (begun.Current.Kind, begun.Current.Text));
            Assert.NotEmpty(Assert.IsType<PartialTranscription>(begun.Current.RawRepresentation).Text);
        }

        var updates = await client.GetStreamingTextAsync(new MemoryStream(sound), cancellationToken: token).ToListAsync(token);
        var whole = Assert.IsType<Transcription>(updates[^1].RawRepresentation);
        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, updates.ToSpeechToTextResponse().Text);
        Assert.Equal(whole.Text, string.Join(' ', whole.Words.Select(word => word.Text)));
        Assert.Equal(AudioFile.Read(Date).Seconds, whole.SecondsOfAudio, 1e-3);
        await Assert.ThrowsAsync<AudioFormatException>(async () =>
            await client.GetStreamingTextAsync(new MemoryStream("no audio"u8.ToArray()), cancellationToken: token).ToListAsync(token));
    }

    [Fact]
    public async Task What_is_no_audio_is_refused_as_everywhere()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        using var stream = new MemoryStream("no audio at all, whatever its name says"u8.ToArray());
        await Assert.ThrowsAsync<AudioFormatException>(() => client.GetTextAsync(stream, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_of_a_request_is_read_asynchronously()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        await using var body = new AsyncOnlyStream(await File.ReadAllBytesAsync(Date, TestContext.Current.CancellationToken));
        var response = await client.GetTextAsync(body, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("january twenty first nineteen seventy six", response.Text, ignoreCase: true);
    }

    [Theory, InlineData(0), InlineData(2000)]
    public async Task A_sender_that_stalls_is_waited_for_no_longer_than_the_token_says(int sent)
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        using var cancelled = new CancellationTokenSource();
        await using var stalled = new StalledStream((await File.ReadAllBytesAsync(Date, TestContext.Current.CancellationToken))[..sent]);
        var transcribing = client.GetTextAsync(stalled, cancellationToken: cancelled.Token);
        await stalled.IsRead.WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transcribing.WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Limits_hold_while_bytes_come()
    {
        using var model = LoadedTranscriber.Load(Path.Combine(Fixtures.Repository, "models", "default"));
        using var client = new Qwen2AudioSpeechToTextClient(model, limits: new AudioReadOptions { MaxSeconds = 1 });
        await using var endless = new StalledStream(Wave(8000, 500_000)); // longer than is allowed, by more than the readers take at a time; the end never comes
        var error = await Assert.ThrowsAsync<AudioFormatException>(() =>
            client.GetTextAsync(endless, cancellationToken: TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken));
        Assert.Equal(AudioFault.TooLong, error.Fault);
    }

    [Fact]
    public async Task A_stream_of_text_ends_with_what_the_whole_response_says()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        var bytes = Wave(8000, 16_000); // a tone: no words, and warnings why
        var whole = await client.GetTextAsync(new MemoryStream(bytes), cancellationToken: TestContext.Current.CancellationToken);
        var updates = await client.GetStreamingTextAsync(new MemoryStream(bytes), cancellationToken: TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        var last = updates[^1];
        var warnings = Assert.IsType<string[]>(whole.AdditionalProperties!["warnings"]);
        Assert.NotEmpty(warnings);
        Assert.Equal(warnings, Assert.IsType<string[]>(last.AdditionalProperties!["warnings"]));
        Assert.Equal((whole.StartTime, whole.EndTime, whole.ModelId), (last.StartTime, last.EndTime, last.ModelId));
        Assert.IsType<Transcription>(last.RawRepresentation);
        var joined = updates.ToSpeechToTextResponse();
        Assert.Equal(whole.Text, joined.Text);
        Assert.Equal(warnings, Assert.IsType<string[]>(joined.AdditionalProperties!["warnings"]));
    }

    [Fact]
    public async Task A_chat_streams_what_it_answers_and_hears_clips()
    {
        var client = _services.GetRequiredService<IChatClient>();
        var options = new ChatOptions { MaxOutputTokens = 5, Temperature = 0 };
        var audio = new DataContent(await File.ReadAllBytesAsync(Date, TestContext.Current.CancellationToken), "audio/wav");
        // the tiny model's window is 3 s
        ChatMessage[] messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, [audio, new TextContent("What do you hear?")])];
        await Assert.ThrowsAsync<ClipLengthException>(() => client.GetResponseAsync(messages, options, TestContext.Current.CancellationToken));

        messages = [new(ChatRole.User, "What do you hear?")];
        var whole = await client.GetResponseAsync(messages, options, TestContext.Current.CancellationToken);
        Assert.Equal(5, whole.Usage!.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Length, whole.FinishReason);
        var updates = await client.GetStreamingResponseAsync(messages, options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(whole.Text, string.Concat(updates.Select(update => update.Text)));
        await foreach (var _ in client.GetStreamingResponseAsync(messages, new ChatOptions { MaxOutputTokens = 500 }, TestContext.Current.CancellationToken)) break;
        Assert.Equal(whole.Text, (await client.GetResponseAsync(messages, options, TestContext.Current.CancellationToken)).Text); // the model is free again
    }

    [Fact]
    public async Task What_it_cannot_do_is_refused()
    {
        var client = _services.GetRequiredService<IChatClient>();
        ChatMessage[] picture = [new(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])];
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync(picture, cancellationToken: TestContext.Current.CancellationToken));
        var tools = new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] };
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("Hello", tools, TestContext.Current.CancellationToken));
    }

    public static TheoryData<string, ChatOptions> Unsupported => new()
    {
        { "FrequencyPenalty", new() { FrequencyPenalty = 1 } },
        { "PresencePenalty", new() { PresencePenalty = 1 } },
        { "ConversationId", new() { ConversationId = "7" } },
        { "ModelId", new() { ModelId = "other" } },
        { "Tools", new() { ToolMode = ChatToolMode.RequireAny } },
        { "RawRepresentationFactory", new() { RawRepresentationFactory = _ => null } },
        { "Reasoning", new() { Reasoning = new ReasoningOptions() } },
        { "logit_bias", new() { AdditionalProperties = new() { ["logit_bias"] = 1 } } },
        { "plain text", new() { ResponseFormat = ChatResponseFormat.Json } },
    };

    [Theory, MemberData(nameof(Unsupported), DisableDiscoveryEnumeration = true)]
    public async Task Settings_without_a_counterpart_are_refused(string named, ChatOptions options)
    {
        var client = _services.GetRequiredService<IChatClient>();
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(async () =>
            await client.GetStreamingResponseAsync("Hello", options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Numbers_out_of_range_roles_and_empty_conversations_are_refused()
    {
        var client = _services.GetRequiredService<IChatClient>();
        foreach (var options in new ChatOptions[] { new() { Temperature = float.NaN }, new() { Temperature = -1 }, new() { MaxOutputTokens = 0 }, new() { TopP = 2 },
            new() { AdditionalProperties = new() { ["min_p"] = "much" } }, new() { AdditionalProperties = new() { ["num_beams"] = 1.5 } } })
            await Assert.ThrowsAsync<OptionException>(() => client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync([], cancellationToken: TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([new ChatMessage(ChatRole.Tool, "1")], cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Instructions_settings_and_warnings_go_through()
    {
        var client = _services.GetRequiredService<IChatClient>();
        var plain = new ChatOptions { MaxOutputTokens = 8, Temperature = 0 };
        var system = await client.GetResponseAsync([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")], plain, TestContext.Current.CancellationToken);
        var instructed = plain.Clone();
        instructed.Instructions = "Be brief.";
        var answer = await client.GetResponseAsync("Hello", instructed, TestContext.Current.CancellationToken);
        Assert.Equal((system.Text, system.Usage!.InputTokenCount), (answer.Text, answer.Usage!.InputTokenCount));
        var both = await client.GetResponseAsync([new(ChatRole.System, "In French."), new(ChatRole.User, "Hello")], instructed, TestContext.Current.CancellationToken);
        Assert.True(both.Usage!.InputTokenCount > system.Usage.InputTokenCount);
        var penalised = plain.Clone();
        penalised.AdditionalProperties = new() { ["repetition_penalty"] = 0.05 };
        Assert.NotEqual((await client.GetResponseAsync("Hello", plain, TestContext.Current.CancellationToken)).Text,
            (await client.GetResponseAsync("Hello", penalised, TestContext.Current.CancellationToken)).Text);

        ChatMessage[] question = [new(ChatRole.User, [new DataContent(Wave(8000, 4000), "audio/wav"), new TextContent("What is it?")])];
        Assert.Contains("8000", Warnings((await client.GetResponseAsync(question, plain, TestContext.Current.CancellationToken)).AdditionalProperties), StringComparison.Ordinal);
        var updates = await client.GetStreamingResponseAsync(question, plain, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Contains("8000", Warnings(updates[^1].AdditionalProperties), StringComparison.Ordinal);

        static string Warnings(AdditionalPropertiesDictionary? properties) => string.Join('\n', Assert.IsType<string[]>(properties!["warnings"]));
    }

    [Fact]
    public async Task Answers_vary_where_tokens_are_drawn_and_no_seed_is_given()
    {
        var client = _services.GetRequiredService<IChatClient>();
        var drawn = new ChatOptions { MaxOutputTokens = 24, Temperature = 1 };
        Assert.NotEqual(await Text(drawn), await Text(drawn));
        drawn.Seed = 7;
        Assert.Equal(await Text(drawn), await Text(drawn));

        async Task<string> Text(ChatOptions options) => (await client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken)).Text;
    }

    [Fact]
    public async Task Options_of_speech_are_heeded_or_refused()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        Assert.Equal("january twenty first nineteen seventy six", await Text(new() { SpeechLanguage = "en-US", TextLanguage = "en", SpeechSampleRate = 16_000 }), ignoreCase: true);
        await Assert.ThrowsAsync<NotSupportedException>(() => Text(new() { SpeechLanguage = "de" }));
        await Assert.ThrowsAsync<NotSupportedException>(() => Text(new() { TextLanguage = "fr" }));
        await Assert.ThrowsAsync<NotSupportedException>(() => Text(new() { ModelId = "other" }));
        await Assert.ThrowsAsync<NotSupportedException>(() => Text(new() { AdditionalProperties = new() { ["prompt"] = "x" } }));
        await Assert.ThrowsAsync<OptionException>(() => Text(new() { SpeechSampleRate = 8_000 }));
        using var chat = LoadedTranscriber.Load(_tiny.Folder, new TaskOptions { Prompt = new PromptOptions { MaxNewTokens = 3 } });
        using var prompted = new Qwen2AudioSpeechToTextClient(chat);
        await using var stream = File.OpenRead(Date);
        var response = await prompted.GetTextAsync(stream, new() { SpeechLanguage = "de" }, TestContext.Current.CancellationToken);
        Assert.Equal("de", Assert.IsType<Transcription>(response.RawRepresentation).Language);

        async Task<string> Text(SpeechToTextOptions options)
        {
            await using var audio = File.OpenRead(Date);
            return (await client.GetTextAsync(audio, options, TestContext.Current.CancellationToken)).Text;
        }
    }

    [Fact]
    public void Names_are_resolved_at_the_first_use()
    {
        List<string> asked = [];
        using var services = new ServiceCollection().AddQwen2Audio("Org/speech", "Org/chat", resolve: name =>
        {
            asked.Add(name);
            return name == "Org/chat" ? _tiny.Folder : Path.Combine(Fixtures.Repository, "models", "default");
        }).BuildServiceProvider();
        Assert.Empty(asked);
        Assert.NotNull(services.GetRequiredService<IChatClient>());
        Assert.NotNull(services.GetRequiredService<ISpeechToTextClient>());
        Assert.Equal(["Org/chat", "Org/speech"], asked);
    }

    /// <summary>A WAV file of a tone.</summary>
    private static byte[] Wave(int rate, int samples)
    {
        using var stream = new MemoryStream();
        WavWriter.Write(stream, [.. Enumerable.Range(0, samples).Select(i => (float)(0.25 * Math.Sin(0.3 * i)))], rate);
        return stream.ToArray();
    }

    public void Dispose()
    {
        _services.Dispose();
        _tiny.Dispose();
    }
}
