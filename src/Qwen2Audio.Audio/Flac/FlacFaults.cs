namespace Qwen2Audio.Audio.Flac;

/// <summary>The stream ended within a frame. Never leaves the reader.</summary>
internal sealed class FlacEndException() : Exception("The FLAC stream ends within a frame.");

/// <summary>A frame holds what it must not. Never leaves the reader, which adds file and frame.</summary>
internal sealed class FlacDamageException(string place, string found, string allowed) : Exception("A FLAC frame is damaged.")
{
    public string Place => place;

    public string Found => found;

    public string Allowed => allowed;
}
