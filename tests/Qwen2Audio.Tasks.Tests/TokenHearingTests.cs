using Qwen2Audio.Audio;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Tasks.Tests;

public sealed class TokenHearingTests : IDisposable
{
    private readonly TinyModel _model = new(seed: 4, books: 2);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void What_is_heard_is_what_the_tokens_decode_to()
    {
        using var hearing = TokenHearing.Load(_model.Folder, 2);
        using var tokenizer = AudioTokenizer.Load(Path.Combine(_model.Folder, "codec"));
        var clip = Sounds.Tone(1);
        var heard = hearing.Pass(clip);
        Assert.Equal(tokenizer.Decode(tokenizer.Encode(clip, new AudioEncodingOptions { Codebooks = 2 })).Samples, heard.Samples);
        Assert.Contains("2 codebooks", Assert.Single(heard.Warnings, warning => warning.Code == AudioWarningCode.FromTokens).Text);
        using var one = TokenHearing.Load(_model.Folder, 1);
        Assert.NotEqual(heard.Samples, one.Pass(clip).Samples);
    }

    [Fact]
    public void A_token_file_is_heard_like_the_audio_it_was_made_of()
    {
        using var folder = new TemporaryFolder();
        using var hearing = TokenHearing.Load(_model.Folder, 2);
        using var tokenizer = AudioTokenizer.Load(Path.Combine(_model.Folder, "codec"));
        Waves.Write(folder["clip.wav"], Sounds.Tone(1).Samples);
        tokenizer.Save(tokenizer.Encode(folder["clip.wav"]), folder["clip.tokens"]);
        Assert.True(TokenHearing.IsTokens(folder["clip.tokens"]));
        Assert.False(TokenHearing.IsTokens(folder["clip.wav"]));
        var (fromTokens, fromAudio) = (hearing.Read(folder["clip.tokens"]), hearing.Read(folder["clip.wav"]));
        Assert.Equal(fromAudio.Frames, fromTokens.Frames);
        Assert.Equal(fromAudio.Samples, fromTokens.Samples);
    }

    [Fact]
    public void The_model_hears_them()
    {
        using var model = SpeechModel.Load(_model.Folder, new ModelLoadOptions { Threads = 1 });
        using var hearing = TokenHearing.Load(_model.Folder);
        Assert.Contains(new Transcriber(model).Transcribe(hearing.Pass(Sounds.Tone(1))).Warnings, warning => warning.Code == "from-tokens");
    }

    [Fact]
    public void A_model_without_codec_and_other_numbers_of_codebooks_are_refused()
    {
        using var recogniser = new TinyModel();
        Assert.Throws<CheckpointException>(() => TokenHearing.Load(recogniser.Folder));
        Assert.Contains("Codebooks is 99", Assert.Throws<OptionException>(() => TokenHearing.Load(_model.Folder, 99)).Message);
    }
}
