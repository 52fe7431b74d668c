using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Tests;
using Qwen2Audio.Testing;

namespace Qwen2Audio.Extensions.Tests;

/// <summary>The models as clients of Microsoft.Extensions.AI, registered by one call.</summary>
public sealed class ClientTests : IDisposable
{
    private static readonly string Date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
    private readonly TinyChat _tiny = new();
    private readonly ServiceProvider _services;

    public ClientTests() => _services = new ServiceCollection()
        .AddQwen2Audio(Path.Combine(Fixtures.Repository, "models", "default"), _tiny.Folder).BuildServiceProvider();

    [Fact]
    public async Task Speech_becomes_text_with_the_transcription_behind_it()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        await using var stream = File.OpenRead(Date);
        var heard = await client.GetTextAsync(stream, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("january twenty first nineteen seventy six", heard.Text);
        var transcription = Assert.IsType<Transcription>(heard.RawRepresentation);
        Assert.Equal(6, transcription.Words.Count);
        Assert.NotNull(client.GetService<SpeechToTextClientMetadata>());
        await using var again = File.OpenRead(Date);
        var updates = await client.GetStreamingTextAsync(again, cancellationToken: TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(heard.Text, string.Concat(updates.Select(update => update.Text)));
    }

    [Fact]
    public async Task What_is_no_audio_is_refused_as_everywhere()
    {
        var client = _services.GetRequiredService<ISpeechToTextClient>();
        using var stream = new MemoryStream("no audio at all, whatever its name says"u8.ToArray());
        await Assert.ThrowsAsync<AudioFormatException>(() => client.GetTextAsync(stream, cancellationToken: TestContext.Current.CancellationToken));
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

    public void Dispose()
    {
        _services.Dispose();
        _tiny.Dispose();
    }
}
