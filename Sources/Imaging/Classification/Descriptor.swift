/// Numbers that the built-in descriptor gives of a picture.
package let descriptorLength = 0
