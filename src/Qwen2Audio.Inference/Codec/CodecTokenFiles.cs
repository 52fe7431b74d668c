using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Inference.Codec;

/// <summary>Token files of a codec: it names the codec in them, and uses the statistics of the codec's folder.</summary>
public sealed class CodecTokenFiles
{
    private readonly LoadedCodec _codec;

    /// <param name="codec">The codec. Its tensor files are read whole, for their hash.</param>
    /// <exception cref="ConfigException">The folder's statistics are damaged, or for another codec.</exception>
    /// <exception cref="CheckpointException">A tensor file cannot be read.</exception>
    public CodecTokenFiles(LoadedCodec codec)
    {
        _codec = codec;
        Identity = codec.Source.ReadIdentity();
        Probabilities = TokenStatistics.ReadModel(codec.Source.Path, codec.Config.Stages, codec.Config.Entries);
    }

    /// <summary>Which codec it is.</summary>
    public ModelIdentity Identity { get; }

    /// <summary>The probabilities of its codes according to the folder's statistics; null if it has none.</summary>
    public ITokenModel? Probabilities { get; }

    /// <summary>The header of a token file with this number of codebooks.</summary>
    public TokenFileHeader Header(int codebooks) => new()
    {
        Model = Identity,
        SamplingRate = _codec.Config.SamplingRate,
        Channels = _codec.Config.AudioChannels,
        SamplesPerFrame = _codec.Config.SamplesPerFrame,
        Codebooks = codebooks,
        Entries = _codec.Config.Entries,
    };

    /// <summary>Begins a token file.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="codebooks">Number of codebooks used.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public TokenFileWriter Create(Stream stream, int codebooks) => new(stream, Header(codebooks), Probabilities);

    /// <summary>Adds frames of the encoder. Each chunk of a codec with chunks becomes a block.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Add(TokenFileWriter writer, CodecFrames frames)
    {
        if (_codec.Config.Chunks is null) writer.Write([.. frames.Codes], frames.Scale);
        else writer.WriteBlock([.. frames.Codes], frames.Scale);
    }

    /// <summary>Opens a token file of this codec.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="TokenFileException">It is no token file, damaged, of a newer version, or of another codec.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public TokenFileReader Open(Stream stream, string file)
    {
        var reader = new TokenFileReader(stream, file);
        reader.Start(Identity, Probabilities is { } known ? [known] : []);
        var (found, own) = (reader.Header, Header(_codec.Config.Stages));
        Compare("sampling rate", found.SamplingRate, own.SamplingRate);
        Compare("channels", found.Channels, own.Channels);
        Compare("samples per frame", found.SamplesPerFrame, own.SamplesPerFrame);
        Compare("entries", found.Entries, own.Entries);
        if (found.Codebooks < _codec.Model.MinStages || found.Codebooks > own.Codebooks)
            throw new TokenFileException(file, "header, codebooks", $"{found.Codebooks}", $"{_codec.Model.MinStages}…{own.Codebooks}, those of the codec");
        return reader;

        void Compare(string field, int value, int allowed)
        {
            if (value != allowed) throw new TokenFileException(file, $"header, {field}", $"{value}", $"{allowed}, that of the codec");
        }
    }
}
