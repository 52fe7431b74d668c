namespace Qwen2Audio.Audio.Flac;

/// <summary>The stream ended within a frame. The reader catches it.</summary>
internal sealed class FlacEndException() : Exception("The FLAC stream ends within a frame.");

/// <summary>A frame is invalid. The reader catches it and adds file and frame.</summary>
internal sealed class FlacDamageException(string place, string found, string allowed) : Exception("A FLAC frame is damaged.")
{
    public string Place => place;

    public string Found => found;

    public string Allowed => allowed;
}
